package world

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/script"
)

// Events come out in order of time, and those of the same time in the order in
// which they were put in.
func TestQueueIsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		type mark struct{ at, seq int }
		var want, got []mark
		for i, at := range rapid.SliceOfN(rapid.IntRange(0, 20), 0, 200).Draw(t, "times") {
			q.push(event{at: time.Duration(at), node: int32(i)})
			want = append(want, mark{at, i})
		}
		slices.SortStableFunc(want, func(a, b mark) int { return a.at - b.at })
		for q.len() > 0 {
			e := q.pop()
			got = append(got, mark{int(e.at), int(e.node)})
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// A clock shows a time not before the moment that it says it will, and did not a
// moment earlier, whatever its rate.
func TestClockAndItsInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := clock{
			base:   Epoch.Add(time.Duration(rapid.Int64Range(-1e13, 1e13).Draw(t, "offset"))),
			origin: time.Duration(rapid.Int64Range(0, 1e13).Draw(t, "origin")),
			ppm:    rapid.Int64Range(-script.MaxDrift+1, script.MaxDrift-1).Draw(t, "ppm"),
		}
		local := c.base.Add(time.Duration(rapid.Int64Range(1, int64(48*time.Hour)).Draw(t, "local")))
		at := c.when(local)
		if c.at(at).Before(local) {
			t.Fatalf("at %v it shows %v, before %v", at, c.at(at), local)
		}
		if early := at - 2; !c.at(early).Before(local) {
			t.Fatalf("at %v, before %v, it shows %v already", early, at, c.at(early))
		}
		before := c.at(at)
		c.drift(at, 50)
		if !c.at(at).Equal(before) {
			t.Fatalf("another rate makes it jump from %v to %v", before, c.at(at))
		}
	})
}

func TestCuts(t *testing.T) {
	n := Network{cuts: []cut{
		{part: parts(5, []script.Set{{1, 2}, {3, 4}}), how: script.HowDrop},
		{part: parts(5, []script.Set{{5}, {1}}), oneWay: true, how: script.HowRefuse},
	}}
	for _, c := range []struct {
		from, to int32
		how      string
	}{{0, 1, ""}, {0, 2, script.HowDrop}, {2, 0, script.HowDrop}, {4, 2, ""}, {2, 4, ""}, {4, 0, script.HowRefuse}, {0, 4, ""}} {
		if how := n.Blocked(c.from, c.to); how != c.how {
			t.Errorf("from node %d to %d: %q, want %q", c.from+1, c.to+1, how, c.how)
		}
	}
}

// A packet that is sent again comes late, and is not lost.
func TestResending(t *testing.T) {
	n := Network{rng: New(script.New(2)).stream(1), Latency: time.Millisecond, resend: 0.5}
	late := 0
	for range 1000 {
		if d := n.delay(0, 1); d != time.Millisecond {
			late++
			if (d-time.Millisecond)%retransmission != 0 {
				t.Fatalf("a packet took %v", d)
			}
		}
		if n.lost() {
			t.Fatal("a packet is lost")
		}
	}
	if late < 400 || late > 600 {
		t.Errorf("%d of 1000 packets came late, want about half", late)
	}
}

// Clocks are apart by no more than the skew, and nodes that start warm know of
// each other by what their own clocks show.
func TestSkew(t *testing.T) {
	w := New(parse(t, "nodes 8\nwarm\nskew 1h"))
	refuted := new(refutations)
	w.Observe(refuted)
	w.Begin()
	w.RunUntil(5 * time.Second)
	if w.Violation != nil || refuted.count > 0 {
		t.Fatalf("%v, %d refutations", w.Violation, refuted.count)
	}
	least, most := time.Hour, time.Duration(0)
	for _, n := range w.Nodes {
		ahead := n.LocalTime(0).Sub(Epoch)
		least, most = min(least, ahead), max(most, ahead)
	}
	if least < 0 || most > time.Hour || most-least < 10*time.Minute {
		t.Errorf("clocks are ahead by %v to %v", least, most)
	}
}

type refutations struct {
	Nothing
	count int
}

func (r *refutations) Event(_ *Node, e swim.Event) {
	if _, ok := e.(swim.Refuted); ok {
		r.count++
	}
}

// A join that a cut drops is sent again after 1, 3 and 7 seconds, as long as its
// caller waits; a ping is not.
func TestJoinsAreSentAgain(t *testing.T) {
	w := New(parse(t, "nodes 2\nwarm"))
	answers := &joinAnswers{world: w}
	w.Begin()
	w.RunUntil(time.Second)
	w.Observe(answers)
	from, to := w.Nodes[0], w.Nodes[1]
	w.Net.cuts = []cut{{part: []uint8{1, 2}, how: script.HowDrop}}
	join := &wire.JoinRequest{App: "sim", Source: from.Address, Incarnation: 1}
	for _, patience := range []time.Duration{8 * time.Second, 3 * time.Second} {
		w.call(from, &swim.Call{ID: 1 << 40, Target: to.Address, Request: join, Timeout: patience})
	}
	w.RunUntil(3 * time.Second)
	if len(answers.at) > 0 {
		t.Fatalf("a cut lets a join through: %v", answers.at)
	}
	w.Net.cuts = nil
	w.RunUntil(4500 * time.Millisecond)
	if len(answers.at) != 1 || answers.at[0].Truncate(100*time.Millisecond) != 4*time.Second {
		t.Errorf("joins are answered at %v, want the one that is sent again at 4 s", answers.at)
	}
}

type joinAnswers struct {
	Nothing
	world *World
	at    []time.Duration
}

func (j *joinAnswers) Answered(_ *Node, _ *Call, r wire.Response, _ wire.ChangeList, _ error) {
	if _, join := r.(*wire.JoinResponse); join {
		j.at = append(j.at, j.world.Now)
	}
}

// What is outside the cluster acts at its own times, and gives nodes input.
func TestOutsiders(t *testing.T) {
	w := New(parse(t, "nodes 2"))
	w.Begin()
	var at []time.Duration
	for _, d := range []time.Duration{3 * time.Second, time.Second, 2 * time.Second} {
		w.After(d, func() { at = append(at, w.Now) })
	}
	w.After(5*time.Second, func() {
		w.Inject(w.Nodes[0], func(c *core.Core, local time.Time, _ swim.RequestID) { c.SetStatus(local, wire.Leave) })
	})
	w.RunUntil(10 * time.Second)
	if !slices.Equal(at, []time.Duration{time.Second, 2 * time.Second, 3 * time.Second}) {
		t.Errorf("it acts at %v", at)
	}
	if m, ok := w.Nodes[1].Core.Node().Member(w.Nodes[0].Address); !ok || m.Status != wire.Leave {
		t.Errorf("node 2 holds node 1 %v, which was told to leave", m)
	}
	if len(w.timers) > 0 {
		t.Errorf("%d timers are left", len(w.timers))
	}
}

func parse(t *testing.T, text string) *script.Script {
	t.Helper()
	s, err := script.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
