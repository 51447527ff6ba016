package heal

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// lost is n members that turn faulty at once.
func lost(n int) []swim.MemberChange {
	changes := make([]swim.MemberChange, n)
	for i := range changes {
		changes[i] = swim.MemberChange{
			Before: &swim.Member{Status: wire.Suspect, Incarnation: 1},
			After:  &swim.Member{Status: wire.Faulty, Incarnation: 1},
		}
	}
	return changes
}

// Members that turn faulty together are told as one partition, however many they
// are; those that do so long after as another, since the first may never be over:
// its members may be dead.
func TestAPartitionIsSuspectedAnew(t *testing.T) {
	cfg := DefaultConfig()
	d := urgency{cfg: &cfg}
	now := start
	for _, step := range []struct {
		after time.Duration
		lost  int
		news  bool
		pace  time.Duration // after it
	}{
		{0, 1, false, 10 * time.Second}, // one of a hundred
		{time.Second, 1, true, cfg.FastInterval},
		{time.Second, 7, false, cfg.FastInterval},
		{time.Minute, 2, false, cfg.FastInterval}, // a cut again
		{2 * time.Minute, 0, false, 2 * cfg.FastInterval},
		{10 * time.Second, 1, false, 2 * cfg.FastInterval}, // one more dies
		{10 * time.Minute, 0, false, 10 * time.Second},
		{time.Minute, 2, true, cfg.FastInterval},
	} {
		now = now.Add(step.after)
		if got := d.observe(now, lost(step.lost), 100); got != step.news {
			t.Errorf("%v: %d lost are news: %v", now.Sub(start), step.lost, got)
		}
		if got := d.interval(now); got != step.pace {
			t.Errorf("%v: a probe each %v, want %v", now.Sub(start), got, step.pace)
		}
	}
	if want := now.Sub(start); d.since.Sub(start) != want {
		t.Errorf("since %v, want %v", d.since.Sub(start), want)
	}
	d.clear()
	if d.interval(now) != cfg.SlowInterval || !d.suspected.IsZero() {
		t.Error("no calm")
	}
}

// The pace is told when it changes, and only then.
func TestPaceIsTold(t *testing.T) {
	var paces []time.Duration
	a := newSide(t, addr(1), change(2, wire.Alive, 0), change(3, wire.Alive, 0), change(4, wire.Alive, 0))
	now := start
	run := func(d time.Duration) {
		for end := now.Add(d); now.Before(end); now = now.Add(time.Second) {
			a.healer.Advance(now)
			for _, e := range a.take().Events {
				if pace, ok := e.(PaceChanged); ok {
					paces = append(paces, pace.Interval)
				}
			}
		}
	}
	run(time.Minute)
	changes := lost(2)
	changes[0].After.Address, changes[1].After.Address = addr(2), addr(3)
	a.healer.Observe([]swim.Event{swim.MembersChanged{Changes: changes}})
	run(time.Minute) // they are alive in the table, so it is over at once
	if len(paces) != 0 {
		t.Errorf("told %v of a partition that is none", paces)
	}
	a.Update([]wire.Change{change(2, wire.Faulty, 0), change(3, wire.Faulty, 0)})
	a.healer.Observe(a.take().Events)
	run(20 * time.Minute)
	want := []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 10 * time.Second}
	if !slices.Equal(paces, want) {
		t.Errorf("told %v, want %v", paces, want)
	}
}

// At a slow pace a probe waits for a target nearly until the next one is due, since
// its packets are sent again meanwhile; an attempt on demand does not wait for it.
func TestASlowProbeIsPatient(t *testing.T) {
	cfg := DefaultConfig()
	a := newSide(t, addr(1), change(2, wire.Faulty, 0))
	a.SetGossip(true)
	probe := func() swim.Call {
		t.Helper()
		for range 10 {
			at, _ := a.healer.Deadline()
			a.healer.Advance(at)
			if a.take().NeedHosts {
				a.healer.Hosts(nil)
				return a.take().Calls[0]
			}
		}
		t.Fatal("no probe")
		return swim.Call{}
	}
	slow := probe()
	if slow.Timeout != cfg.SlowInterval*4/5 {
		t.Errorf("a quiet probe waits for %v", slow.Timeout)
	}
	a.healer.Heal(1)
	if !a.take().NeedHosts {
		t.Fatal("an attempt on demand waits for a probe")
	}
	a.healer.Hosts(nil)
	demand := a.take().Calls[0]
	if demand.Timeout != cfg.JoinTimeout {
		t.Errorf("an attempt on demand waits for %v", demand.Timeout)
	}
	a.calls.Finish(slow.ID, nil, errors.New("no answer"))
	if out := a.take(); len(out.Answers) > 0 || len(out.Calls) > 0 {
		t.Error("the end of the probe that was given up ends the attempt on demand")
	}
	a.calls.Finish(demand.ID, nil, errors.New("no answer"))
	if out := a.take(); len(out.Answers) != 1 {
		t.Errorf("%d answers to the attempt on demand", len(out.Answers))
	}
	a.Update([]wire.Change{change(3, wire.Alive, 0), change(4, wire.Alive, 0)})
	a.Update([]wire.Change{change(3, wire.Faulty, 0), change(4, wire.Faulty, 0)})
	a.healer.Observe(a.take().Events)
	if fast := probe(); fast.Timeout != cfg.JoinTimeout {
		t.Errorf("a probe at a fast pace waits for %v", fast.Timeout)
	}
}
