package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// Health returns nil when the node answers at all. It may still refuse pings:
// nodes answer before they are bootstrapped.
func (c *Client) Health(ctx context.Context, node wire.Address) error {
	return c.call(ctx, node, wire.EndpointHealth, nil, nil)
}

// Stats returns what the node tells about itself. Its list of members is sound:
// at most [wire.MaxChanges] members, each with a proper address, sorted by that,
// none twice.
func (c *Client) Stats(ctx context.Context, node wire.Address) (*wire.Stats, error) {
	var stats wire.Stats
	if err := c.call(ctx, node, wire.EndpointStats, nil, &stats); err != nil {
		return nil, err
	}
	if err := sortMembers(stats.Membership.Members); err != nil {
		return nil, badAnswer(node, wire.EndpointStats, err)
	}
	return &stats, nil
}

// Raw calls any endpoint with a body as it is, and returns the answer as it is.
func (c *Client) Raw(ctx context.Context, node wire.Address, endpoint string, body []byte) ([]byte, error) {
	answer, err := c.send(ctx, node, endpoint, body)
	if err != nil {
		return nil, &CallError{Node: node, Endpoint: endpoint, Err: err}
	}
	return answer, nil
}

// HealStats returns the figures of healing of a node of ringmend. Others refuse.
func (c *Client) HealStats(ctx context.Context, node wire.Address) (*wire.HealStats, error) {
	var stats wire.HealStats
	if err := c.call(ctx, node, wire.EndpointHealStats, nil, &stats); err != nil {
		return nil, err
	}
	if stats.Version != wire.HealStatsVersion {
		return nil, badAnswer(node, wire.EndpointHealStats, fmt.Errorf("version %d of the figures, this program knows %d", stats.Version, wire.HealStatsVersion))
	}
	return &stats, nil
}

// Lookup returns the owner of key according to the node.
func (c *Client) Lookup(ctx context.Context, node wire.Address, key string) (wire.Address, error) {
	var answer wire.LookupResponse
	if err := c.call(ctx, node, wire.EndpointLookup, wire.LookupRequest{Key: key}, &answer); err != nil {
		return "", err
	}
	owner, err := wire.ParseAddress(string(answer.Dest))
	if err != nil {
		return "", badAnswer(node, wire.EndpointLookup, err)
	}
	return owner, nil
}

// Tick makes the node run one protocol period now, also when its gossip is
// stopped, and returns the checksum of its membership afterwards.
func (c *Client) Tick(ctx context.Context, node wire.Address) (checksum uint32, err error) {
	var answer wire.TickResponse
	err = c.call(ctx, node, wire.EndpointGossipTick, nil, &answer)
	return answer.Checksum, err
}

// GossipStart makes the node probe its members again.
func (c *Client) GossipStart(ctx context.Context, node wire.Address) error {
	return c.call(ctx, node, wire.EndpointGossipStart, nil, nil)
}

// GossipStop makes the node stop probing. It goes on answering others.
func (c *Client) GossipStop(ctx context.Context, node wire.Address) error {
	return c.call(ctx, node, wire.EndpointGossipStop, nil, nil)
}

// GossipToggle starts the gossip of the node when it is stopped, and stops it
// when it is not. Node's ringpop only ever starts it.
func (c *Client) GossipToggle(ctx context.Context, node wire.Address) error {
	return c.call(ctx, node, wire.EndpointGossipToggle, nil, nil)
}

// MemberJoin makes a node that left its cluster a member again.
func (c *Client) MemberJoin(ctx context.Context, node wire.Address) error {
	return c.eitherName(ctx, node, wire.EndpointMemberJoin, wire.EndpointJoinOld)
}

// MemberLeave makes the node leave its cluster. The process lives on.
func (c *Client) MemberLeave(ctx context.Context, node wire.Address) error {
	return c.eitherName(ctx, node, wire.EndpointMemberLeave, wire.EndpointLeaveOld)
}

// eitherName calls an endpoint by its new name and, when the node refuses that,
// by its old one, which is all that old nodes have. Only for commands that may
// arrive twice.
func (c *Client) eitherName(ctx context.Context, node wire.Address, endpoint, old string) error {
	err := c.call(ctx, node, endpoint, nil, nil)
	if err == nil || errors.Is(err, ErrTimeout) || ctx.Err() != nil {
		return err
	}
	if c.call(ctx, node, old, nil, nil) == nil {
		return nil
	}
	return err
}

// Reap makes the node declare every faulty member a tombstone, by which the
// cluster forgets them.
func (c *Client) Reap(ctx context.Context, node wire.Address) error {
	return c.call(ctx, node, wire.EndpointReap, nil, nil)
}

// Heal makes the node look for other partitions of its cluster and merge with
// them. The answer's Error tells why the heal was not complete; Targets are the
// nodes that were tried nevertheless.
func (c *Client) Heal(ctx context.Context, node wire.Address) (*wire.HealResponse, error) {
	var answer wire.HealResponse
	if err := c.call(ctx, node, wire.EndpointHeal, nil, &answer); err != nil {
		return nil, err
	}
	if n := len(answer.Targets); n > wire.MaxChanges {
		return nil, badAnswer(node, wire.EndpointHeal, tooMany(n, "targets"))
	}
	for _, target := range answer.Targets {
		if _, err := wire.ParseAddress(string(target)); err != nil {
			return nil, badAnswer(node, wire.EndpointHeal, err)
		}
	}
	return &answer, nil
}

// DebugSet makes the node log what a flag stands for: "p" for pings, "h" for the
// hash ring. ringpop-go refuses it; ringpop-node logs more whatever the flag.
func (c *Client) DebugSet(ctx context.Context, node wire.Address, flag string) error {
	return c.call(ctx, node, wire.EndpointDebugSet, debugFlag{flag}, nil)
}

// DebugClear ends all that was started with [Client.DebugSet].
func (c *Client) DebugClear(ctx context.Context, node wire.Address) error {
	return c.call(ctx, node, wire.EndpointDebugClear, nil, nil)
}

// debugFlag is the argument of [wire.EndpointDebugSet].
type debugFlag struct {
	Flag string `json:"debugFlag"`
}

// sortMembers brings members into the order of their addresses and refuses lists
// that no sound node sends.
func sortMembers(members []wire.Member) error {
	if members == nil {
		return errors.New("no list of members")
	}
	if len(members) > wire.MaxChanges {
		return tooMany(len(members), "members")
	}
	slices.SortFunc(members, func(a, b wire.Member) int { return CompareAddresses(a.Address, b.Address) })
	for i, m := range members {
		if _, err := wire.ParseAddress(string(m.Address)); err != nil {
			return err
		}
		if i > 0 && members[i-1].Address == m.Address {
			return fmt.Errorf("member %s is listed twice", m.Address)
		}
	}
	return nil
}

func tooMany(n int, what string) error {
	return fmt.Errorf("%d %s, at most %d are believed", n, what, wire.MaxChanges)
}
