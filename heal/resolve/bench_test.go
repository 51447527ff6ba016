package resolve

import (
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

func resting(t failer, s Strategy, n int) (*Resolver, time.Time) {
	v := &view{self: addr(0), members: make(map[wire.Address]swim.Member)}
	for i := range n {
		m := alive(i)
		v.members[m.Address] = m
	}
	r := New(config(s), v, start)
	r.Keep(start)
	now := start.Add(time.Hour)
	for range 3 {
		r.Tick(now)
		if request := r.Take().Lease; request != nil {
			record := Record{Epoch: 1, Members: r.roster.base(all)}
			record.Holder = HolderOf(record.Members)
			r.LeaseDone(now, request.ID, record, nil)
		}
	}
	if r.State() != Stable || !r.Serves() {
		t.Fatalf("it is %v", r.State())
	}
	return r, now
}

// At rest a tick costs nothing, and none is asked for.
func TestRest(t *testing.T) {
	for _, s := range []Strategy{KeepMajority, LeaseMajority} {
		r, now := resting(t, s, 1000)
		if allocs := testing.AllocsPerRun(100, func() { now = now.Add(time.Millisecond); r.Tick(now) }); allocs > 0 {
			t.Errorf("%v: %v allocations a tick", s, allocs)
		}
		if at, ok := r.Deadline(); s == KeepMajority && ok {
			t.Errorf("it wants to be woken at %v", at)
		}
	}
}

func BenchmarkTick(b *testing.B) {
	for _, s := range []Strategy{KeepMajority, LeaseMajority} {
		b.Run(s.String(), func(b *testing.B) {
			r, now := resting(b, s, 1000)
			b.ReportAllocs()
			for b.Loop() {
				r.Tick(now)
			}
		})
	}
}

func BenchmarkDecide(b *testing.B) {
	r, _ := resting(b, KeepMajority, 1000)
	b.ReportAllocs()
	for b.Loop() {
		r.Count()
	}
}
