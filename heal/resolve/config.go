package resolve

import (
	"fmt"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Config holds the settings of a resolver. All nodes of a cluster need the same ones:
// with different ones two sides may both be kept.
type Config struct {
	Rules

	// Policy is what the node does about decisions.
	Policy Policy
	// Handover is how long a node must have owned a key before it accepts it.
	// By then the former owner has stopped: guarded ownership, for keys with a single
	// writer. 0 is off; otherwise it must be at least [Config.SafeHandover].
	Handover time.Duration

	// Tick is how often the resolver looks whether a decision is due, and, while the
	// node is fenced, asks other members for their state.
	Tick time.Duration
	// StableAfter is how long nothing may change before a decision. It must be longer
	// than a change takes to reach all members of a side: 7 s at 5 nodes, 10 s at 10,
	// 17 s at 50, 20 s at 100, 30 s at 1,000.
	StableAfter time.Duration
	// UnstableAfter is how much longer changes may postpone a decision; 0 is for
	// ever.
	UnstableAfter time.Duration
	// WhenUnstable is what happens after that.
	WhenUnstable WhenUnstable
	// Settle is how long a member must have been alive and unchanged before it counts
	// for its side, and how long one that has left counts against all sides. It must be
	// longer than failure detection and gossip take together, so at least [MinSettle]:
	// a member that one side counts must be known to the other.
	Settle time.Duration
	// UnfenceAfter is how long nothing may change before a fenced node serves again.
	UnfenceAfter time.Duration
	// MaxPause is how long the process may be stopped without having to ask the other
	// members whether it still may serve; at least 1 s.
	MaxPause time.Duration

	// MinorityDelay is how much later than a majority a minority asks for the lease.
	MinorityDelay time.Duration
	// LeaseTimeout is how long an operation on the lease may take. Afterwards its
	// outcome is unknown, and the node is fenced.
	LeaseTimeout time.Duration
}

// Rules are the strategy with its settings.
type Rules struct {
	Strategy Strategy
	// Role is the value of the label "role" of the members that count; empty: all. It
	// does not say who decides: every node does. [KeepReferee] takes none.
	Role string
	// QuorumSize is for [StaticQuorum]: how many members a side must have. A cluster of
	// more than twice that, less one, keeps no side.
	QuorumSize int
	// DownIfAlone is for [KeepOldest]: the oldest member alone yields to two or more.
	DownIfAlone bool
	// Referee and Minimum are for [KeepReferee]: the address of the member to be with,
	// and how many members its side must have.
	Referee wire.Address
	Minimum int
}

// WhenUnstable is what to do about a membership that does not come to rest.
type WhenUnstable uint8

const (
	// UnstableDecide decides by the members that did not change. One flapping member
	// takes no other with it.
	UnstableDecide WhenUnstable = iota
	// UnstableLose fences the node.
	UnstableLose
)

// MinSettle is the least [Config.Settle]. A member is held faulty some 6 to 18 s after it
// has gone silent with swim's defaults, and gossip takes another second or two.
const MinSettle = 20 * time.Second

// DefaultConfig returns the settings for production use, with the strategy off.
func DefaultConfig() Config {
	return Config{
		Rules:         Rules{DownIfAlone: true, Minimum: 1},
		Tick:          time.Second,
		StableAfter:   20 * time.Second,
		UnstableAfter: 15 * time.Second,
		Settle:        MinSettle,
		UnfenceAfter:  5 * time.Second,
		MaxPause:      2 * time.Second,
		MinorityDelay: 2 * time.Second,
		LeaseTimeout:  5 * time.Second,
	}
}

// Validate returns an error that wraps [swim.ErrConfig] and names the first setting that
// makes no sense. Nothing is wrong with settings of a resolver that is off.
func (c *Config) Validate() error {
	if c.Strategy == Off {
		return nil
	}
	if err := c.Rules.Validate(); err != nil {
		return err
	}
	for _, s := range []struct {
		name         string
		value, least time.Duration
	}{
		{"Tick", c.Tick, time.Millisecond},
		{"StableAfter", c.StableAfter, time.Millisecond},
		{"UnstableAfter", c.UnstableAfter, 0},
		{"Settle", c.Settle, max(MinSettle, c.StableAfter)},
		{"UnfenceAfter", c.UnfenceAfter, time.Millisecond},
		{"MaxPause", c.MaxPause, time.Second},
		{"MinorityDelay", c.MinorityDelay, 0},
		{"LeaseTimeout", c.LeaseTimeout, time.Millisecond},
	} {
		if s.value < s.least {
			return fmt.Errorf("%w: Resolve.%s is %v, it must be at least %v", swim.ErrConfig, s.name, s.value, s.least)
		}
	}
	if c.Policy > Observe {
		return fmt.Errorf("%w: Resolve.Policy is %v, it must be Fence, Exit or Observe", swim.ErrConfig, c.Policy)
	}
	if c.Handover != 0 && c.Handover < c.SafeHandover() {
		return fmt.Errorf("%w: Resolve.Handover is %v, with these times it must be 0 (off) or at least %v", swim.ErrConfig, c.Handover, c.SafeHandover())
	}
	if c.WhenUnstable > UnstableLose {
		return fmt.Errorf("%w: Resolve.WhenUnstable is %d, it must be UnstableDecide or UnstableLose", swim.ErrConfig, c.WhenUnstable)
	}
	return nil
}

// Validate returns an error that wraps [swim.ErrConfig] and names the first setting that
// makes no sense for the strategy.
func (r *Rules) Validate() error {
	switch {
	case r.Strategy == Off || r.Strategy > LeaseMajority:
		return fmt.Errorf("%w: Resolve.Strategy is %v, that decides nothing", swim.ErrConfig, r.Strategy)
	case r.Strategy == StaticQuorum && r.QuorumSize < 1:
		return fmt.Errorf("%w: Resolve.QuorumSize is %d, static-quorum needs at least 1", swim.ErrConfig, r.QuorumSize)
	case r.Strategy == KeepReferee && r.Referee == "":
		return fmt.Errorf("%w: Resolve.Referee is empty, keep-referee needs the address of a member", swim.ErrConfig)
	case r.Strategy == KeepReferee && r.Minimum < 1:
		return fmt.Errorf("%w: Resolve.Minimum is %d, keep-referee needs at least 1", swim.ErrConfig, r.Minimum)
	case r.Strategy == KeepReferee && r.Role != "":
		return fmt.Errorf("%w: Resolve.Role is %q, keep-referee counts all members", swim.ErrConfig, r.Role)
	}
	return nil
}
