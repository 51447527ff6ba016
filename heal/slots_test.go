package heal

import (
	"math"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// The nodes of a side take turns, so that a side of any size makes one probe in
// each interval.
func TestTheNodesOfASideTakeTurns(t *testing.T) {
	for _, n := range []int{1, 3, 40} {
		var members []wire.Change
		for port := range n {
			members = append(members, change(100+port, wire.Alive, 0))
		}
		members = append(members, change(50, wire.Faulty, 0), change(51, wire.Leave, 0))
		var nodes []*side
		for port := range n {
			nodes = append(nodes, newSide(t, addr(100+port), members...))
		}
		for _, interval := range []time.Duration{time.Second, 10 * time.Second} {
			at := start
			for slot := range 3 * n {
				turns := 0
				var next time.Time
				for _, node := range nodes {
					node.healer.now = at
					ours, end := node.healer.slot(interval)
					if ours {
						turns++
					}
					next = end
				}
				if turns != 1 {
					t.Fatalf("%d nodes, interval %v: in slot %d it is the turn of %d", n, interval, slot, turns)
				}
				if took := next.Sub(at); took > interval || slot > 0 && took != interval {
					t.Fatalf("a slot of %v, not %v", took, interval)
				}
				at = next
			}
		}
	}
}

// A node goes by the slots of quiet times, and at once by shorter ones when members
// turn faulty together.
func TestProbesAreMadeAtThePaceOfTheNeed(t *testing.T) {
	cfg := DefaultConfig()
	a := newSide(t, addr(1), change(50, wire.Alive, 0), change(51, wire.Alive, 0), change(52, wire.Alive, 0))
	a.SetGossip(true)
	const members = 2 // that are left
	probes := func(d time.Duration) (count int) {
		for end := a.healer.now.Add(d); ; {
			at, _ := a.healer.Deadline()
			if at.After(end) {
				return count
			}
			a.healer.Advance(at)
			if a.take().NeedHosts {
				count++
				a.healer.Hosts(nil)
				a.fail()
			}
		}
	}
	near := func(what string, got int, d time.Duration, share float64) {
		t.Helper()
		if want := d.Seconds() * share; math.Abs(float64(got)-want) > 2 {
			t.Errorf("%s: %d probes in %v, want %v", what, got, d, want)
		}
	}
	near("quiet", probes(10*time.Minute), 10*time.Minute, 1/cfg.SlowInterval.Seconds()/(members+2))
	a.Update([]wire.Change{change(50, wire.Faulty, 0), change(51, wire.Faulty, 0)})
	a.healer.Observe(a.take().Events)
	near("split", probes(cfg.FastFor), cfg.FastFor, 1/cfg.FastInterval.Seconds()/members)
	probes(10 * time.Minute)
	near("split for long", probes(10*time.Minute), 10*time.Minute, 1/cfg.SlowInterval.Seconds()/members)
}

// The slots of two sides of a split never begin at about the same time: a
// node looks at the other side more often than once in a slot.
func TestTheSlotsOfTwoSidesAlternate(t *testing.T) {
	splits := 0
	for split := range 200 {
		mine, theirs := []wire.Change{}, []wire.Change{}
		var first [2]int
		for port := 100; port < 110; port++ {
			in := (split*7 + port*port*(split+3)) / 5 % 2
			if first[in] == 0 {
				first[in] = port
			}
			sides := [2]*[]wire.Change{&mine, &theirs}
			*sides[in] = append(*sides[in], change(port, wire.Alive, 0))
			*sides[1-in] = append(*sides[1-in], change(port, wire.Faulty, 0))
		}
		if first[0] == 0 || first[1] == 0 {
			continue // no member is on the other side
		}
		splits++
		a, b := newSide(t, addr(first[0]), mine...), newSide(t, addr(first[1]), theirs...)
		const slot = 10 * time.Second
		_, endA := a.healer.slot(slot)
		_, endB := b.healer.slot(slot)
		if apart := endA.Sub(endB).Abs(); apart < slot/4 || apart > slot*3/4 {
			t.Fatalf("%v apart", apart)
		}
	}
	if splits < 100 {
		t.Fatalf("only %d splits", splits)
	}
}
