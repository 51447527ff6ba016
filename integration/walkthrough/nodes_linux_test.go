package walkthrough

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/integration/nodelab"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// observer asks all nodes what they believe.
type observer struct {
	transport *tchan.Transport
	client    *admin.Client
	parts     [][]string
	// slow is when a question last took so long that pings may have been given up
	// for no other reason than that this machine is busy.
	slow time.Time
}

// view is what a node said; stats is nil if it said nothing.
type view struct {
	address string
	part    []string
	stats   *wire.Stats
	err     error
}

func observe(t *testing.T, parts ...[]string) *observer {
	t.Helper()
	transport, err := tchan.New(tchan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { transport.Close() })
	return &observer{transport: transport, client: admin.NewClient(transport, patience), parts: parts}
}

// ask asks all nodes at once. One whose connection broke is asked again.
func (o *observer) ask(ctx context.Context) []view {
	var views []view
	for _, part := range o.parts {
		for _, address := range part {
			views = append(views, view{address: address, part: part})
		}
	}
	start := time.Now()
	var asking sync.WaitGroup
	for i := range views {
		asking.Go(func() {
			v := &views[i]
			for range 2 {
				if v.stats, v.err = o.client.Stats(ctx, wire.Address(v.address)); v.err == nil {
					return
				}
			}
		})
	}
	asking.Wait()
	if time.Since(start) > time.Second/2 {
		o.slow = time.Now()
	}
	return views
}

// held returns how the node holds its own part, and how it holds the others.
func (v *view) held() (own, others []wire.Status) {
	for _, m := range v.stats.Membership.Members {
		if slices.Contains(v.part, string(m.Address)) {
			own = append(own, m.Status)
		} else {
			others = append(others, m.Status)
		}
	}
	return own, others
}

// notWhole says what is missing to one cluster that agrees.
func (o *observer) notWhole(ctx context.Context) string {
	views := o.ask(ctx)
	for i := range views {
		v := &views[i]
		if v.err != nil {
			return v.err.Error()
		}
		own, others := v.held()
		if alive := count(own, wire.Alive) + count(others, wire.Alive); alive != len(views) {
			return fmt.Sprintf("%s holds %d alive", v.address, alive)
		}
		if a, b := v.stats.Membership.Checksum, views[0].stats.Membership.Checksum; a != b {
			return fmt.Sprintf("%s has checksum %d, %s has %d", v.address, a, views[0].address, b)
		}
		if !nodelab.Ready(ctx, o.transport, v.address) {
			return fmt.Sprintf("%s has not joined yet", v.address)
		}
	}
	return ""
}

// notSplit says what is missing until each side is whole and holds all other members
// faulty.
func (o *observer) notSplit(ctx context.Context) string {
	views := o.ask(ctx)
	if harm := harm(views); harm != "" {
		return harm
	}
	if leak := leak(views); leak != "" {
		return leak
	}
	checksums := make(map[uint32]bool)
	for i := range views {
		checksums[views[i].stats.Membership.Checksum] = true
	}
	if len(checksums) != len(o.parts) {
		return fmt.Sprintf("%d checksums on %d sides", len(checksums), len(o.parts))
	}
	return ""
}

// harm says which node does not hold all of its own side alive.
func harm(views []view) string {
	for i := range views {
		v := &views[i]
		if v.err != nil {
			return fmt.Sprintf("an admin cannot ask %s: %v", v.address, v.err)
		}
		if own, _ := v.held(); count(own, wire.Alive) != len(v.part) {
			return fmt.Sprintf("%s holds its own side %v", v.address, own)
		}
	}
	return ""
}

// leak says which node holds a member of another side alive, or cannot be asked by an
// admin. During a cut neither may happen, however busy the machine is.
func leak(views []view) string {
	for i := range views {
		v := &views[i]
		if v.err != nil {
			return fmt.Sprintf("an admin cannot ask %s: %v", v.address, v.err)
		}
		if _, others := v.held(); count(others, wire.Faulty) != len(others) {
			return fmt.Sprintf("%s holds the other sides %v", v.address, others)
		}
	}
	return ""
}

// mustBeSplit fails the test when the sides are not as they should be, and takes a
// moment. When a busy machine takes longer than a ping timeout to open a connection or
// to answer, a node may hold a member of its own side suspect, and finally faulty.
func (o *observer) mustBeSplit(t *testing.T) {
	t.Helper()
	const pause = 100 * time.Millisecond
	time.Sleep(pause) // no condition: nothing may happen
	views := o.ask(t.Context())
	if leak := leak(views); leak != "" {
		t.Errorf("during the cut: %s", leak)
		return
	}
	switch harm := harm(views); {
	case harm == "":
	case o.busy():
		t.Logf("this machine is busy: %s", harm)
	default:
		t.Errorf("during the cut: %s", harm)
	}
}

// busy reports whether this machine has so much to do that pings may time out.
func (o *observer) busy() bool {
	const later = 10 * time.Second // more than a node stays suspect
	return time.Since(o.slow) < later || load() > float64(runtime.NumCPU())
}

// load returns the load average of the last minute.
func load() (average float64) {
	text, err := os.ReadFile("/proc/loadavg")
	if err == nil {
		_, err = fmt.Sscan(string(text), &average)
	}
	if err != nil {
		return 0
	}
	return average
}

// anyFaulty reports whether a node holds a member of its own side faulty, or does not
// answer.
func (o *observer) anyFaulty(ctx context.Context) bool {
	return slices.ContainsFunc(o.ask(ctx), func(v view) bool {
		if v.err != nil {
			return true
		}
		own, _ := v.held()
		return count(own, wire.Faulty) > 0
	})
}

// gossip makes all nodes ping, or no longer.
func (o *observer) gossip(t *testing.T, on bool) {
	t.Helper()
	for _, part := range o.parts {
		for _, address := range part {
			call := o.client.GossipStop
			if on {
				call = o.client.GossipStart
			}
			err := call(t.Context(), wire.Address(address))
			if err != nil {
				err = call(t.Context(), wire.Address(address)) // its connection broke
			}
			if err != nil {
				t.Errorf("switching gossip: %v", err)
			}
		}
	}
}

func count(statuses []wire.Status, status wire.Status) int {
	return len(slices.DeleteFunc(slices.Clone(statuses), func(s wire.Status) bool { return s != status }))
}

// partOf returns the index of the part that has an address, -1 if none has.
func (o *observer) partOf(address netip.AddrPort) int {
	return slices.IndexFunc(o.parts, func(part []string) bool { return slices.Contains(part, address.String()) })
}

// pair is two nodes, the lesser address first.
type pair [2]netip.AddrPort

func pairOf(a, b netip.AddrPort) pair {
	p := pair{a, b}
	slices.SortFunc(p[:], func(a, b netip.AddrPort) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Port(), b.Port()))
	})
	return p
}
