package resolve

import (
	"fmt"
	"slices"
	"time"
)

// Policy is what a node does about the decisions of its resolver.
type Policy uint8

const (
	// Fence refuses keys while the node is starting, fenced or stale. It goes on as a
	// member, and serves again once it is healed.
	Fence Policy = iota
	// Exit is Fence, and a node that has lost evicts itself, for a supervisor to start
	// it again.
	Exit
	// Observe decides and reports, and refuses nothing.
	Observe
)

var policyNames = []string{"fence", "exit", "observe"}

// ParsePolicy returns the policy of a name, or an error that lists the names.
func ParsePolicy(name string) (Policy, error) {
	i := slices.Index(policyNames, name)
	if i < 0 {
		return Fence, fmt.Errorf("no policy %.40q, there are %v", name, policyNames)
	}
	return Policy(i), nil
}

// String returns the name of the policy.
func (p Policy) String() string {
	if int(p) < len(policyNames) {
		return policyNames[p]
	}
	return fmt.Sprintf("Policy(%d)", uint8(p))
}

// skew is how much later than the rest of the cluster a node notices that it is cut off:
// while packets are dropped, a node that is alone takes 18 s and a majority 8 s. The rest is
// for gossip.
const skew = 14 * time.Second

// SafeHandover returns the least [Config.Handover] with which the owner of a key on the side
// that loses has stopped before the one on the side that is kept begins.
func (c *Config) SafeHandover() time.Duration {
	d := c.StableAfter + c.UnstableAfter + c.MaxPause + c.Tick + skew
	if c.Strategy == LeaseMajority {
		// A node serves while it waits for the store: for a read that it gives up, the
		// pause after that, and its own claim.
		d += c.MinorityDelay + 3*c.LeaseTimeout
	}
	return d
}
