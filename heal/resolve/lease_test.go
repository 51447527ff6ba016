package resolve

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// The majority asks first; if it cannot reach the store, a minority gets the lease.
func TestWhoReachesTheStore(t *testing.T) {
	for _, test := range []struct {
		cut    []int // nodes that cannot reach the store
		serves []int
	}{
		{nil, []int{3, 4, 5}},
		{[]int{3, 4, 5}, []int{1, 2}},
		{[]int{1, 2}, []int{3, 4, 5}},
		{[]int{1, 2, 3, 4, 5}, nil},
		{[]int{3}, []int{3, 4, 5}}, // by the others of its side
	} {
		l := settledLab(t, config(LeaseMajority), 5)
		l.split([]int{1, 2}, []int{3, 4, 5})
		l.storeDown = func(a wire.Address) bool {
			return slices.ContainsFunc(test.cut, func(i int) bool { return a == addr(i) })
		}
		l.run(time.Minute)
		l.wantServing(test.serves...)
		l.storeDown = nil
		l.heal()
		l.run(3 * time.Minute)
		l.wantServing(1, 2, 3, 4, 5)
	}
}

// The record follows the members: the lowest advances it once they are at rest.
func TestTheLowestAdvancesTheRecord(t *testing.T) {
	l := settledLab(t, config(LeaseMajority), 3)
	l.boot(4)
	l.run(2 * time.Minute)
	if want := []wire.Address{addr(1), addr(2), addr(3), addr(4)}; !slices.Equal(l.store.Members, want) || l.store.Holder != HolderOf(want) {
		t.Errorf("the record is %+v", l.store)
	}
	if epoch := l.store.Epoch; l.nodes[addr(4)].Epoch() != epoch {
		t.Errorf("the epoch of the newcomer is %d, the record's %d", l.nodes[addr(4)].Epoch(), epoch)
	}
}

// tick lets a tick pass for a node, and carries out what it asks of the lease.
func (l *lab) tick(n *node) {
	l.now = l.now.Add(l.cfg.Tick)
	n.Advance(l.now)
	if request := n.Take().Lease; request != nil {
		l.lease(n, request)
	}
}

// depose has the members 4 and 5 advance the record before a node does, which reads that.
func (l *lab) depose(n *node, claim *LeaseRequest) {
	n.LeaseDone(l.now, claim.ID, Record{}, ErrConflict)
	read := n.Take().Lease
	n.LeaseDone(l.now, read.ID, Record{Epoch: claim.To.Epoch, Members: []wire.Address{addr(4), addr(5)}}, nil)
}

// leasedNode is the second of five in an uncertain period that the members 4 and 5 began,
// which is about to ask for the lease.
func leasedNode(t *testing.T) (*lab, *node, *LeaseRequest) {
	t.Helper()
	l := settledLab(t, config(LeaseMajority), 5)
	n := l.nodes[addr(2)]
	l.set(n, addr(4), wire.Faulty)
	l.set(n, addr(5), wire.Faulty)
	n.Take()
	l.now = l.now.Add(l.cfg.StableAfter + l.cfg.Tick)
	n.Advance(l.now)
	for range 3 {
		request := n.Take().Lease
		if request == nil {
			t.Fatalf("it asks for nothing, and is %v", n.State())
		}
		if request.To != nil {
			return l, n, request
		}
		n.LeaseDone(l.now, request.ID, l.store, nil)
		l.now = l.now.Add(l.cfg.Tick)
		n.Advance(l.now)
	}
	t.Fatal("it only reads")
	return nil, nil, nil
}

// A record that another node of the side has advanced is this node's, too.
func TestAMateWasFirst(t *testing.T) {
	l, n, claim := leasedNode(t)
	n.LeaseDone(l.now, claim.ID, Record{}, ErrConflict)
	read := n.Take().Lease
	n.LeaseDone(l.now, read.ID, *claim.To, nil)
	if n.State() != Kept || n.Epoch() != claim.To.Epoch {
		t.Errorf("it is %v in epoch %d", n.State(), n.Epoch())
	}
}

// A record that names members of the other side, too, was advanced before the split. It
// grants nothing: the other side reads it as well.
func TestARenewalGrantsNothing(t *testing.T) {
	l, n, claim := leasedNode(t)
	n.LeaseDone(l.now, claim.ID, Record{}, ErrConflict)
	read := n.Take().Lease
	renewed := Record{Epoch: claim.To.Epoch, Members: l.store.Members, Holder: l.store.Holder}
	n.LeaseDone(l.now, read.ID, renewed, nil)
	if n.State() != Uncertain {
		t.Fatalf("it is %v", n.State())
	}
	n.Advance(l.now.Add(l.cfg.Tick))
	again := n.Take().Lease
	if again == nil || again.To == nil || again.From != renewed.Epoch {
		t.Fatalf("it asks for %+v", again)
	}
	n.LeaseDone(l.now.Add(l.cfg.Tick), again.ID, *again.To, nil)
	if n.State() != Kept {
		t.Errorf("it is %v", n.State())
	}
}

// A record without the node is the other side's.
func TestAnotherSideWasFirst(t *testing.T) {
	l, n, claim := leasedNode(t)
	l.depose(n, claim)
	if n.State() != Lost {
		t.Errorf("it is %v", n.State())
	}
	l.set(n, addr(4), wire.Alive)
	l.set(n, addr(5), wire.Alive)
	n.Advance(l.now.Add(time.Minute))
	if n.Serves() {
		t.Error("reaching all is enough to serve, though another side has the lease")
	}
}

// A claim whose outcome is unknown fences, and is settled by reading.
func TestAnUnknownOutcomeFences(t *testing.T) {
	for _, timesOut := range []bool{false, true} {
		for _, came := range []bool{false, true} {
			l, n, claim := leasedNode(t)
			if timesOut {
				l.now = l.now.Add(l.cfg.LeaseTimeout)
				n.Advance(l.now)
				n.LeaseDone(l.now, claim.ID, *claim.To, nil) // too late to count
			} else {
				n.LeaseDone(l.now, claim.ID, Record{}, errors.New("connection reset"))
			}
			if n.State() != Lost {
				t.Fatalf("it is %v", n.State())
			}
			if came {
				l.store = *claim.To
			}
			l.now = l.now.Add(l.cfg.LeaseTimeout)
			for range 4 {
				n.Advance(l.now)
				if request := n.Take().Lease; request != nil {
					l.lease(n, request)
				}
				l.now = l.now.Add(l.cfg.Tick)
			}
			if !n.Serves() || l.store.Holder != claim.To.Holder {
				t.Errorf("timed out %v, came through %v: it is %v, the record %+v", timesOut, came, n.State(), l.store)
			}
		}
	}
}

// A side may split again while it asks. Both parts then read that the whole side has the lease:
// it grants neither of them to go on without the other.
func TestASideThatSplitsWhileItAsks(t *testing.T) {
	l, n, claim := leasedNode(t)
	l.set(n, addr(1), wire.Faulty)
	n.LeaseDone(l.now, claim.ID, *claim.To, nil)
	if want := []wire.Address{addr(1)}; n.State() != Uncertain || !slices.Equal(n.Missed(), want) || len(n.WrittenOff()) != 2 {
		t.Fatalf("it is %v, misses %v, and has written off %v", n.State(), n.Missed(), n.WrittenOff())
	}
	l.store = *claim.To
	for range 40 {
		l.tick(n)
	}
	if want := []wire.Address{addr(2), addr(3)}; n.State() != Kept || !slices.Equal(l.store.Members, want) {
		t.Errorf("it is %v, and the record %+v", n.State(), l.store)
	}
}

// The same when it hears of the grant only after it was fenced: more than half of those named
// advance the record once more, fewer wait for the others.
func TestAFencedSideThatHasSplit(t *testing.T) {
	for _, gone := range [][]int{{1}, {1, 3}} {
		l, n, claim := leasedNode(t)
		n.LeaseDone(l.now, claim.ID, Record{}, errors.New("connection reset"))
		l.store = *claim.To
		for _, i := range gone {
			l.set(n, addr(i), wire.Faulty)
		}
		for range 40 {
			l.tick(n)
			if n.Serves() && slices.Contains(l.store.Members, addr(1)) {
				t.Fatalf("it serves without node 1, which the record names: %+v", l.store)
			}
		}
		if most := len(gone) == 1; n.Serves() != most {
			t.Errorf("without %v it is %v, and the record %+v", gone, n.State(), l.store)
		}
		for _, i := range gone {
			l.set(n, addr(i), wire.Alive)
		}
		n.Advance(l.now.Add(l.cfg.UnfenceAfter + l.cfg.Tick))
		if !n.Serves() {
			t.Errorf("all are back, and it is %v", n.State())
		}
	}
}

// Who has been deposed does not believe a mate that has not heard of it yet.
func TestAMateThatIsBehind(t *testing.T) {
	l, n, claim := leasedNode(t)
	l.depose(n, claim)
	l.now = l.now.Add(l.cfg.UnfenceAfter)
	mate := Report{State: Kept, Serves: true, Checksum: n.Checksum(), Epoch: claim.To.Epoch - 1}
	if n.Heard(l.now, addr(3), mate, nil); n.Serves() {
		t.Error("a mate that has not read the record ends the fencing")
	}
	mate.Epoch++
	if n.Heard(l.now, addr(3), mate, nil); !n.Serves() {
		t.Errorf("a mate that has the lease does not end the fencing: it is %v", n.State())
	}
}

// A node that was stopped does not acquire the lease late: a node that advanced the record
// without it has deposed it, and it reads that before it serves for long.
func TestAStoppedNodeIsDeposed(t *testing.T) {
	l := settledLab(t, config(LeaseMajority), 3)
	n := l.nodes[addr(3)]
	l.store = Record{Epoch: l.store.Epoch + 1, Members: []wire.Address{addr(1), addr(2)}}
	l.now = l.now.Add(2 * leaseReadEvery)
	n.Observe(l.now, []swim.Event{swim.Stalled{For: 2 * leaseReadEvery}})
	n.Advance(l.now)
	l.carryOut(n)
	if n.State() != Lost {
		t.Errorf("it is %v", n.State())
	}
}

// A store that fails is not asked at every tick.
func TestAFailingStoreIsLeftAlone(t *testing.T) {
	l := newLab(t, config(LeaseMajority), 2)
	asked := 0
	l.storeDown = func(wire.Address) bool { asked++; return true }
	l.run(100 * time.Second)
	if most := 2 * (100/5 + 1); asked > most || asked < most/2 {
		t.Errorf("it was asked %d times", asked)
	}
}

// A node asks for nothing that it has no right to: for a record that belongs to others, or
// one that it reads only when it is split already.
func TestNoRightToTheLease(t *testing.T) {
	for says, change := range map[string]func(*lease){
		"the lease belongs to other members": func(l *lease) { l.record.Holder, l.record.Members = "x", []wire.Address{addr(4), addr(5)} },
		"the lease was not read before":      func(l *lease) { l.rebase = true },
		"the lease was never acquired":       func(l *lease) { l.record = Record{} },
	} {
		l := settledLab(t, config(LeaseMajority), 5)
		n := l.nodes[addr(2)]
		change(&n.lease)
		n.lease.next = l.now.Add(time.Hour)
		if n.lease.rebase {
			n.lease.retry = n.lease.next // the store cannot be reached
		}
		l.set(n, addr(4), wire.Faulty)
		l.set(n, addr(5), wire.Faulty)
		n.Take()
		n.Advance(l.now.Add(l.cfg.StableAfter + l.cfg.Tick))
		if out := n.Take(); n.State() != Lost || n.Verdict().Reason != says || out.Lease != nil {
			t.Errorf("it is %v: %s, and wants %+v", n.State(), n.Verdict().Reason, out.Lease)
		}
	}
}

// At rest the store is read once a minute, by each node.
func TestTheStoreIsReadOnceAMinute(t *testing.T) {
	l := settledLab(t, config(LeaseMajority), 5)
	before := make(map[wire.Address]uint64)
	for a, n := range l.nodes {
		before[a] = n.lease.lastID
	}
	l.run(10 * time.Minute)
	for a, n := range l.nodes {
		if asked := n.lease.lastID - before[a]; asked < 9 || asked > 11 {
			t.Errorf("%s has asked %d times in ten minutes", a, asked)
		}
	}
}
