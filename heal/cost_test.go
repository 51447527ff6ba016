package heal

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// The figures that docs/healing.md and the comment of Config promise.
func TestProbingCostsWhatTheDocumentsSay(t *testing.T) {
	cfg := DefaultConfig()
	for _, n := range []int{10, 100, 1000, 10_000} {
		members := make([]wire.Change, n-1)
		for i := range members {
			members[i] = change(2+i, wire.Alive, 0)
		}
		a := newSide(t, addr(1), members...)
		for _, step := range []struct {
			suspectedFor time.Duration // before; 0: not suspected
			perMinute    float64       // probes of the side
		}{
			{0, 6}, {time.Second, 120}, {2 * time.Minute, 60}, {4 * time.Minute, 30}, {5 * time.Minute, 15}, {7 * time.Minute, 7.5}, {8 * time.Minute, 6}, {24 * time.Hour, 6},
		} {
			a.healer.urgency.suspected = time.Time{}
			if step.suspectedFor > 0 {
				a.healer.urgency.suspected = a.healer.now.Add(-step.suspectedFor)
			}
			perMinute := time.Minute.Seconds() / a.healer.urgency.interval(a.healer.now).Seconds()
			if math.Abs(perMinute-step.perMinute) > 1e-6 {
				t.Errorf("%d nodes, suspected for %v: %v probes a minute, want %v", n, step.suspectedFor, perMinute, step.perMinute)
			}
		}
	}
	if cfg.FastFor != 90*time.Second || cfg.RingpopPeriod.Seconds()/cfg.RingpopProbability != 10 {
		t.Error("other settings than the documents tell of")
	}
}

func TestAHealCostsWhatTheDocumentsSay(t *testing.T) {
	for _, test := range []struct{ members, membership, heal int }{
		{10, 1_700, 8_400},
		{100, 16_500, 63_600},
		{1000, 165_000, 631_000},
		{10_000, 1_660_000, 6_340_000},
	} {
		t.Run(fmt.Sprint(test.members), func(t *testing.T) {
			membership, healing := costOfHeal(t, test.members)
			t.Logf("a membership %d bytes, a heal %d", membership, healing)
			for what, sizes := range map[string][2]int{"a membership": {membership, test.membership}, "a heal": {healing, test.heal}} {
				if ratio := float64(sizes[0]) / float64(sizes[1]); ratio < 0.9 || ratio > 1.1 {
					t.Errorf("%s has %d bytes, documented are %d", what, sizes[0], sizes[1])
				}
			}
		})
	}
}

// costOfHeal heals halves of n members by the visits of one node, and returns the
// sizes of a membership and of all bodies that are sent.
func costOfHeal(t *testing.T, n int) (membership, total int) {
	var encoder wire.Encoder
	size := func(body any) int {
		encoded, err := encoder.Encode(body)
		if err != nil {
			t.Fatal(err)
		}
		return len(encoded)
	}
	sides := [2]*side{}
	for i := range sides {
		var members []wire.Change
		for j := range n {
			status := wire.Alive
			if j%2 != i {
				status = wire.Faulty
			}
			if j != i {
				members = append(members, change(1+j, status, 0))
			}
		}
		sides[i] = newSide(t, addr(1+i), members...)
	}
	a, b := sides[0], sides[1]
	merged := false
	visit := func() {
		a.healer.attempt(b.Address(), a.healer.cfg.JoinTimeout, nil, func(bool, map[wire.Address]bool) {})
		for out := a.take(); len(out.Calls) > 0; out = a.take() {
			for _, call := range out.Calls {
				total += size(call.Request)
				b.Request(0, call.Request)
				answer := b.take().Answers[0]
				total += size(answer.Response)
				if join, ok := answer.Response.(*wire.JoinResponse); ok {
					membership = size(join)
				}
				a.calls.Finish(call.ID, answer.Response, answer.Err)
			}
			merged = hasMerged(a.out.Events)
		}
	}
	visit()
	for i, s := range sides {
		var reborn []wire.Change
		for j := range n {
			if j%2 == i && j != i {
				reborn = append(reborn, change(1+j, wire.Alive, 1))
			}
		}
		s.Update(reborn)
		s.take()
	}
	visit()
	if !merged {
		t.Fatal("two visits are no heal")
	}
	return membership, total
}

func hasMerged(events []swim.Event) bool {
	for _, e := range events {
		if merged, ok := e.(Merged); ok && merged.Err == nil {
			return true
		}
	}
	return false
}
