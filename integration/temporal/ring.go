package temporal

import (
	"context"
	"fmt"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/integration/nodelab"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// Ring returns the addresses at which the ring can be looked at: the frontends' members.
func (c *Cluster) Ring() []string {
	return []string{c.network.Address(0) + ":6933", c.network.Address(1) + ":6933"}
}

// Whole reports whether all members are up and agree.
func Whole(v *admin.Verdict) bool { return Agree(Members)(v) }

// Agree returns a condition: exactly n members are up, and they agree. Members that do not
// run any more are faulty or have left.
func Agree(n int) func(*admin.Verdict) bool {
	return func(v *admin.Verdict) bool {
		return len(v.Up) == n && v.Condition == admin.Agreed && len(v.Silent)+len(v.Suspect) == 0
	}
}

const (
	lookTimeout = time.Second            // of one node
	lookEvery   = 100 * time.Millisecond // between two looks
)

// Await looks at the ring until a condition holds, and returns how long that took. The error
// is [nodelab.ErrLimit] when it has not come to hold.
func (c *Cluster) Await(limit time.Duration, ok func(*admin.Verdict) bool) (time.Duration, error) {
	transport, err := tchan.New(tchan.Options{})
	if err != nil {
		return 0, err
	}
	defer transport.Close()
	var first []wire.Address
	for _, address := range c.Ring() {
		first = append(first, wire.Address(address))
	}
	client := admin.NewClient(transport, lookTimeout)
	var last *admin.Verdict
	for began := time.Now(); time.Since(began) < limit; time.Sleep(lookEvery) {
		look, err := admin.Crawl(context.Background(), client, first, 0)
		if err != nil {
			return 0, err
		}
		if last = admin.VerdictOf(look); ok(last) {
			return time.Since(began), nil
		}
	}
	return 0, fmt.Errorf("%w: %v; the ring is %v, up %v, suspect %v, silent %v, faulty %v", nodelab.ErrLimit, limit,
		last.Condition, last.Up, last.Suspect, last.Silent, last.Faulty)
}
