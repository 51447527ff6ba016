package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// ErrNoResolver is that a node has no resolver, or one that is off.
var ErrNoResolver = errors.New("the node has no resolver")

// Resolve returns what the resolver of a node thinks. A node that does not know the question
// has the state [wire.ResolverOff]. Its lists are sound, as those of [Client.Stats].
func (c *Client) Resolve(ctx context.Context, node wire.Address) (*wire.ResolveStatus, error) {
	var status wire.ResolveStatus
	err := c.callOurs(ctx, node, wire.EndpointResolve, nil, &status)
	switch {
	case errors.Is(err, wire.ErrNoEndpoint):
		return &wire.ResolveStatus{State: wire.ResolverOff}, nil
	case err != nil:
		return nil, err
	}
	if n := max(len(status.Members), len(status.Missed), len(status.WrittenOff)); n > wire.MaxChanges {
		return nil, badAnswer(node, wire.EndpointResolve, tooMany(n, "members"))
	}
	return &status, nil
}

// WriteOff makes a node stop missing a member, and reports whether it was missed.
func (c *Client) WriteOff(ctx context.Context, node, member wire.Address) (missed bool, err error) {
	var answer wire.ResolveWrittenOff
	err = c.call(ctx, node, wire.EndpointResolveWriteOff, wire.ResolveWriteOff{Address: member}, &answer)
	return answer.Missed, err
}

// KeepServing makes a node serve without the members that are unreachable.
func (c *Client) KeepServing(ctx context.Context, node wire.Address) error {
	return c.call(ctx, node, wire.EndpointResolveKeep, nil, nil)
}

// Resolver is what one node answers about its resolver: Status, or why there is none.
type Resolver struct {
	Address wire.Address
	Status  *wire.ResolveStatus
	Err     error
}

// Resolvers asks the nodes of a cluster that have answered about their resolvers, a limited
// number at a time, and returns their answers in order.
func Resolvers(ctx context.Context, c *Client, cluster *Cluster, concurrency int) []Resolver {
	list := make([]Resolver, len(cluster.Nodes))
	cluster.Ask(concurrency, func(i int, node wire.Address) {
		status, err := c.Resolve(ctx, node)
		list[i] = Resolver{Address: node, Status: status, Err: err}
	})
	return slices.DeleteFunc(list, func(r Resolver) bool { return r.Address == "" })
}

// Serving returns how many of some nodes serve. Without a resolver a node does.
func Serving(list []Resolver, nodes []wire.Address) (serving int) {
	for _, r := range list {
		if r.Status != nil && r.Status.Refuses == "" && slices.Contains(nodes, r.Address) {
			serving++
		}
	}
	return serving
}

// UnequalSettings returns the settings of resolvers that are not those of most others, in
// words; nil: all are equal.
func UnequalSettings(list []Resolver) []string {
	groups := make(map[wire.ResolveSettings][]string)
	for _, r := range list {
		if r.Status != nil && r.Status.State != wire.ResolverOff {
			s := r.Status.Settings
			s.Policy = "" // may differ
			groups[s] = append(groups[s], string(r.Address))
		}
	}
	if len(groups) < 2 {
		return nil
	}
	var words []string
	for settings, nodes := range groups {
		slices.Sort(nodes)
		words = append(words, fmt.Sprintf("%d nodes (%s%s): %s", len(nodes), nodes[0], more(len(nodes)), settingsWords(&settings)))
	}
	slices.Sort(words)
	return words
}

func more(n int) string {
	if n > 1 {
		return ", …"
	}
	return ""
}

func settingsWords(s *wire.ResolveSettings) string {
	text := fmt.Sprintf("%s, stable after %d ms, unstable after %d ms, settle %d ms, handover %d ms", s.Strategy, s.StableAfter, s.UnstableAfter, s.Settle, s.Handover)
	if s.QuorumSize > 0 {
		text += fmt.Sprintf(", quorum %d", s.QuorumSize)
	}
	if s.Role != "" {
		text += ", role " + s.Role
	}
	if s.Referee != "" {
		text += fmt.Sprintf(", referee %s with %d", s.Referee, s.Minimum)
	}
	return text
}
