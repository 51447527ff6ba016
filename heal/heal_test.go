package heal

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

func TestPlanNamesWhoMustReincarnateAndWhy(t *testing.T) {
	a := newSide(t, addr(1),
		change(2, wire.Alive, 0),  // theirs: faulty, newer
		change(3, wire.Faulty, 5), // theirs: alive, older
		change(4, wire.Faulty, 5), // theirs: alive, reborn
		change(5, wire.Faulty, 0), // theirs: suspect at the same incarnation
		change(6, wire.Alive, 3),  // theirs: faulty, older
		change(7, wire.Leave, 1),  // theirs: leave as well
		change(8, wire.Alive, 0),  // theirs: tombstone
	)
	theirs := []wire.Change{
		change(1, wire.Alive, 0), change(2, wire.Faulty, 1), change(3, wire.Alive, 4), change(4, wire.Alive, 6),
		change(5, wire.Suspect, 0), change(6, wire.Faulty, 2), change(7, wire.Leave, 1), change(8, wire.Tombstone, 0),
		change(9, wire.Faulty, 9), // unknown to us
	}
	plan := Compare(a.Member, theirs)
	got := strings.ReplaceAll(plan.String(), "17000000000", "")
	want := `reincarnate ours 127.0.0.1:2: alive@00 there, held faulty@01
reincarnate ours 127.0.0.1:8: alive@00 there, held tombstone@00
reincarnate theirs 127.0.0.1:3: alive@04 there, held faulty@05
reincarnate theirs 127.0.0.1:5: suspect@00 there, held faulty@00`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, r := range append(plan.Ours, plan.Theirs...) {
		if r.Suspect.Status != wire.Suspect || r.Suspect.Source != "" || r.Suspect.SourceIncarnation != 0 {
			t.Errorf("%v is spread with a source or as %v", r.Suspect.Address, r.Suspect.Status)
		}
	}
	if !new(Plan).CanMerge() || new(Plan).String() != "merge" {
		t.Error("an empty plan is no merge")
	}
}

// If members must reincarnate, those that are suspect on the other side do so, too: they may
// be faulty there at the next visit.
func TestSuspectsReincarnateWithTheOthers(t *testing.T) {
	for name, c := range map[string]struct {
		ours, theirs []wire.Change
		want         []wire.Address // that reincarnate on their side
	}{
		"no other must": {
			ours:   []wire.Change{change(2, wire.Suspect, 0)},
			theirs: []wire.Change{change(2, wire.Alive, 0)},
		},
		"another must": {
			ours:   []wire.Change{change(2, wire.Suspect, 0), change(3, wire.Faulty, 0), change(4, wire.Suspect, 0)},
			theirs: []wire.Change{change(2, wire.Alive, 0), change(3, wire.Alive, 0), change(4, wire.Alive, 1)},
			want:   []wire.Address{addr(3), addr(2)},
		},
	} {
		a := newSide(t, addr(1), c.ours...)
		var got []wire.Address
		for _, s := range suspects(Compare(a.Member, c.theirs).Theirs) {
			got = append(got, s.Address)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v reincarnate, want %v", name, got, c.want)
		}
	}
}

// Two nodes that hold each other faulty: the first visit makes both reborn, the
// next merges.
func TestReincarnateThenMerge(t *testing.T) {
	a := newSide(t, addr(1), change(2, wire.Faulty, 0))
	b := newSide(t, addr(2), change(1, wire.Faulty, 0))
	a.healer.Heal(7)
	if out := a.take(); !out.NeedHosts || !a.healer.Waiting() {
		t.Fatal("does not ask for hosts")
	}
	a.healer.Hosts([]wire.Address{addr(1), addr(2)})
	a.deliver(b) // join
	a.deliver(b) // suspects
	out := a.take()
	want := &wire.HealResponse{Targets: []wire.Address{addr(2)}}
	if len(out.Answers) != 1 || cmp.Diff(want, out.Answers[0].Response) != "" || out.Answers[0].To != 7 {
		t.Fatalf("answers %+v", out.Answers)
	}
	if m, _ := a.Member(addr(2)); m.Status != wire.Faulty {
		t.Errorf("merged before both were reborn: %+v", m)
	}
	a.SetGossip(true)
	for a.Checksum() != b.Checksum() {
		at, ok := a.healer.Deadline()
		if !ok || at.Sub(start) > 10*time.Second {
			t.Fatal("does not come back")
		}
		a.healer.Advance(at)
		a.deliver(b)
		a.deliver(b)
	}
	for _, s := range []*side{a, b} {
		if s.Pingable() != 2 {
			t.Errorf("%s holds %+v", s.Address(), s.Members())
		}
	}
}

// Faulty members and tombstones are tried although discovery does not list
// them, hosts that are alive are not, and no other member of a side that was reached.
func TestTargets(t *testing.T) {
	a := newSide(t, addr(1), change(2, wire.Faulty, 0), change(3, wire.Tombstone, 0), change(4, wire.Alive, 0), change(5, wire.Faulty, 0))
	a.Update([]wire.Change{change(3, wire.Alive, 1), change(3, wire.Tombstone, 1)})
	targets := a.healer.targets([]wire.Address{addr(1), addr(4), addr(5), addr(6)})
	slices.Sort(targets)
	if diff := cmp.Diff([]wire.Address{addr(2), addr(3), addr(5), addr(6)}, targets); diff != "" {
		t.Error(diff)
	}
}

// Dead targets end an attempt on demand after some failures, and one of the
// healer's own after the first.
func TestDeadTargetsCostLittle(t *testing.T) {
	var dead []wire.Change
	for port := range 50 {
		dead = append(dead, change(100+port, wire.Faulty, 0))
	}
	attempts := func(start func(*side)) int {
		a := newSide(t, addr(1), dead...)
		start(a)
		a.take()
		a.healer.Hosts(nil)
		for n := 0; ; n++ {
			calls := a.take().Calls
			if len(calls) == 0 {
				return n
			}
			if len(calls) > 1 {
				t.Fatalf("%d calls at once", len(calls))
			}
			a.calls.Finish(calls[0].ID, nil, errors.New("no answer"))
		}
	}
	if n := attempts(func(a *side) { a.healer.Heal(1) }); n != DefaultConfig().MaxFailures {
		t.Errorf("%d attempts on demand", n)
	}
	if n := attempts(func(a *side) { a.healer.askHosts() }); n != 1 {
		t.Errorf("%d attempts of a round", n)
	}
}

func TestPartitionIsSuspectedWhenMembersFallTogether(t *testing.T) {
	faulty := func(ports ...int) []wire.Change {
		var changes []wire.Change
		for _, port := range ports {
			changes = append(changes, change(port, wire.Faulty, 0))
		}
		return changes
	}
	for name, test := range map[string]struct {
		members  int
		at       time.Duration // of the second list
		first    []wire.Change
		second   []wire.Change
		expected bool
	}{
		"one of ten":           {members: 10, first: faulty(100)},
		"two of ten":           {members: 10, first: faulty(100, 101), expected: true},
		"two, a moment apart":  {members: 10, first: faulty(100), at: 5 * time.Second, second: faulty(101), expected: true},
		"two, a minute apart":  {members: 10, first: faulty(100), at: time.Minute, second: faulty(101)},
		"one of two":           {members: 1, first: faulty(100), expected: true},
		"two that left":        {members: 10, first: []wire.Change{change(100, wire.Leave, 0), change(101, wire.Leave, 0)}},
		"two evict themselves": {members: 10, first: []wire.Change{change(100, wire.Faulty, 5), change(101, wire.Faulty, 5)}},
	} {
		var members []wire.Change
		for port := range test.members {
			members = append(members, change(100+port, wire.Alive, 0))
		}
		a := newSide(t, addr(1), members...)
		a.healer.Advance(start)
		suspected := 0
		step := func(at time.Duration, changes []wire.Change) {
			a.healer.Advance(start.Add(at))
			a.take()
			a.Update(changes)
			a.healer.Observe(a.take().Events)
			for _, e := range a.take().Events {
				if _, ok := e.(PartitionSuspected); ok {
					suspected++
				}
			}
		}
		step(time.Second, test.first)
		step(time.Second+test.at, test.second)
		if got := suspected == 1; got != test.expected || suspected > 1 {
			t.Errorf("%s: suspected %d times", name, suspected)
		}
	}
}

// The longer a suspicion lasts the less is probed, down to the rate of quiet
// times, and a new one starts anew.
func TestIntervalBacksOff(t *testing.T) {
	cfg := DefaultConfig()
	d := urgency{cfg: &cfg}
	if got := d.interval(start); got != cfg.SlowInterval {
		t.Errorf("quiet: %v", got)
	}
	d.suspected = start
	for age, want := range map[time.Duration]time.Duration{
		0: 500 * time.Millisecond, 89 * time.Second: 500 * time.Millisecond, 90 * time.Second: time.Second, 4 * time.Minute: 2 * time.Second,
		5 * time.Minute: 4 * time.Second, 6 * time.Minute: 8 * time.Second, 450 * time.Second: 10 * time.Second, 1000 * time.Hour: 10 * time.Second,
	} {
		if got := d.interval(start.Add(age)); got != want {
			t.Errorf("after %v: %v, want %v", age, got, want)
		}
	}
}

// Ringpop's own timing: rounds every 30 s from the start, with a probability of 3
// over the number of hosts, over the hosts of discovery only.
func TestRingpopMode(t *testing.T) {
	a := newSide(t, addr(1), change(2, wire.Faulty, 0), change(3, wire.Alive, 0))
	cfg := DefaultConfig()
	cfg.Ringpop = true
	a.healer = New(cfg, a.Node, start, rand.New(rand.NewPCG(1, 2)), a.out)
	a.SetGossip(true)
	at, rounds := start, 0
	for i := range 4000 {
		next, _ := a.healer.Deadline()
		if next.Sub(at) != 30*time.Second {
			t.Fatalf("draw %d comes after %v", i, next.Sub(at))
		}
		at = next
		a.healer.Advance(at)
		if a.take().NeedHosts {
			rounds++
			a.healer.Hosts([]wire.Address{addr(1), addr(3), addr(4), addr(5), addr(6), addr(7)})
			for _, call := range a.out.Calls {
				if call.Target == addr(2) {
					t.Fatal("tries a member that discovery does not list")
				}
			}
			for a.calls.Pending() > 0 {
				a.fail()
			}
		}
	}
	if rounds < 1800 || rounds > 2200 { // 3 of 6 hosts
		t.Errorf("%d rounds in 4,000 periods of six hosts", rounds)
	}
}

// Also when members turn faulty together, which is a sign of a partition: a node that
// keeps to Ringpop's rules does not look at once.
func TestRingpopModeDoesNotHurry(t *testing.T) {
	a := newSide(t, addr(1), change(2, wire.Alive, 0), change(3, wire.Alive, 0), change(4, wire.Alive, 0))
	cfg := DefaultConfig()
	cfg.Ringpop = true
	a.healer = New(cfg, a.Node, start, rand.New(rand.NewPCG(1, 2)), a.out)
	a.SetGossip(true)
	a.Update([]wire.Change{change(2, wire.Faulty, 0), change(3, wire.Faulty, 0)})
	a.healer.Observe(a.out.Events)
	if next, _ := a.healer.Deadline(); next.Sub(start) != 30*time.Second {
		t.Fatalf("it looks after %v", next.Sub(start))
	}
	a.take()
	a.healer.Advance(start.Add(29 * time.Second))
	if a.take().NeedHosts {
		t.Error("it asks for hosts before its round")
	}
}

func TestHealIsRefusedBeforeBootstrap(t *testing.T) {
	out := new(swim.Effects)
	rng := rand.New(rand.NewPCG(1, 2))
	n := swim.New(swim.DefaultConfig("test", addr(1)), start, rng, out, swim.NewCalls(out))
	New(DefaultConfig(), n, start, rng, out).Heal(3)
	if len(out.Answers) != 1 || !errors.Is(out.Answers[0].Err, swim.ErrNotReady) {
		t.Errorf("answers %+v", out.Answers)
	}
}
