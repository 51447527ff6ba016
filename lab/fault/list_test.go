package fault

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/lab/result"
)

func config(nodes int) *result.Config {
	return &result.Config{Nodes: nodes, DurationS: 30, MTBF: 1, KillN: 1, Slow: time.Second, FaultLoss: 20, Skew: time.Minute, Storm: 3, Seed: 1}
}

// steps returns the steps of a fault, a line each.
func steps(t *testing.T, name string, c *result.Config, leader int) []string {
	t.Helper()
	f, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	list, err := f.Steps(c, Scene{Nodes: c.Nodes, Leader: leader})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var lines []string
	for _, s := range list {
		lines = append(lines, s.At.String()+" "+s.Command.String())
	}
	return lines
}

func TestWhatFaultsDo(t *testing.T) {
	for _, test := range []struct {
		name   string
		nodes  int
		leader int
		want   string
	}{
		{"none", 3, 0, ""},
		{"leader", 3, 1, "10s kill 2; 20s revive 2"},
		{"partial-partition", 3, 2, "10s cut 3 1; 20s mend"},
		{"partial-partition", 5, 1, "10s cut 2 3; 20s mend"},
		{"kill-n", 3, 1, "0s kill 3; 30s revive 3"},
		{"halves", 3, 1, "10s cut 2 *; 20s mend"},
		{"halves", 4, 3, "10s cut 1,4 *; 20s mend"},
		{"majority", 5, 0, "10s cut 1,2 *; 20s mend"},
		{"one", 5, 4, "10s cut 5 *; 20s mend"},
		{"isolate-leader", 3, 0, "10s cut 1 *; 20s mend"},
		{"bridge", 5, 0, "10s cut 1,2 3,4; 20s mend"},
		{"bridge", 3, 0, "10s cut 1 2; 20s mend"},
		{"one-way", 3, 0, "10s one-way 1 2; 20s mend"},
		{"pause", 3, 0, "10s pause 1; 20s resume 1"},
		{"slow", 3, 0, "10s slow 1 1s; 20s mend"},
		{"loss", 3, 0, "10s loss * 20; 20s mend"},
		{"clock-skew", 3, 1, "10s skew 2 1m0s; 20s skew 2 0s"},
		{"disk-full", 3, 0, "10s fill 1; 20s free 1"},
		{"join-storm", 3, 0, "10s join 3; 20s leave"},
		{"ring", 5, 0, "10s cut 1 3,4; 10s cut 2 4,5; 10s cut 3 5; 20s mend"},
	} {
		if got := strings.Join(steps(t, test.name, config(test.nodes), test.leader), "; "); got != test.want {
			t.Errorf("%s of %d nodes: %s, want %s", test.name, test.nodes, got, test.want)
		}
	}
}

// Whatever comes and goes is gone at the end: the last step of each time is a mend.
func TestEveryFaultEnds(t *testing.T) {
	undoes := map[Verb]Verb{Cut: Mend, OneWay: Mend, Slow: Mend, Loss: Mend, Kill: Revive, Pause: Resume, Fill: Free, Join: Leave}
	for _, f := range List {
		c := config(5)
		if f.Name == "partition" {
			c.FaultArgs = []string{"1,2|3"}
		}
		list, err := f.Steps(c, Scene{Nodes: 5, Leader: 2})
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		_, to := f.Window(c)
		open := map[Verb]bool{}
		for _, s := range list {
			if s.At > to {
				t.Errorf("%s: %v at %v, after its end", f.Name, s.Command, s.At)
			}
			if undo := undoes[s.Command.Verb]; undo != "" {
				open[undo] = true
			}
			delete(open, s.Command.Verb)
		}
		if len(open) > 0 {
			t.Errorf("%s: %v is missing", f.Name, open)
		}
	}
}

func TestFaultsThatComeAndGo(t *testing.T) {
	got := steps(t, "intermittent-partial", config(3), 0)
	if len(got) != 10 || got[0] != "10s cut leader follower" || got[1] != "11s mend" || got[9] != "19s mend" {
		t.Errorf("intermittent-partial: %v", got)
	}
	if got := steps(t, "intermittent-full", config(3), 0); got[0] != "10s cut follower *" {
		t.Errorf("intermittent-full: %v", got)
	}
	flapping := steps(t, "flapping", config(5), 0)
	if !reflect.DeepEqual(flapping, steps(t, "flapping", config(5), 0)) {
		t.Error("flapping differs with the same seed")
	}
	if len(flapping) != 20 {
		t.Errorf("flapping: %v", flapping)
	}
}

// Commands are written down with the nodes that their names meant.
func TestNamesBecomeNumbers(t *testing.T) {
	scene := Scene{Nodes: 4, Leader: 3}
	for line, want := range map[string]string{
		"cut leader follower": "cut 4 1", "cut follower *": "cut 1 *", "cut leader,2 followers": "cut 4,2 1,2,3", "kill followers": "kill 1,2,3",
		"one-way 2 leader": "one-way 2 4", "mend": "mend", "slow leader 1s": "slow 4 1s", "revive": "revive",
	} {
		c, err := ParseCommand(line)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := scene.Named(c); err != nil || got.String() != want {
			t.Errorf("%s: %v, %v, want %s", line, got, err, want)
		}
	}
	c, _ := ParseCommand("kill leader")
	if _, err := (Scene{Nodes: 4, Leader: -1}).Named(c); err == nil {
		t.Error("no node leads, and no error")
	}
}

func TestPartitionsThatAreNamed(t *testing.T) {
	for args, want := range map[string]string{
		"1,2|3":      "10s cut 1,2 3; 20s mend",
		"1 2 3,4,5":  "10s cut 1 2 3,4,5; 20s mend",
		"leader|*":   "10s cut 3 1,2,4,5; 20s mend",
		"halves":     "10s cut 3,4 *; 20s mend",
		"1-2 4 | 5 ": "10s cut 1,2 4 5; 20s mend",
	} {
		c := config(5)
		c.FaultArgs = []string{args}
		if got := strings.Join(steps(t, "partition", c, 2), "; "); got != want {
			t.Errorf("partition %s: %s, want %s", args, got, want)
		}
	}
}

func TestFaultsThatCannotBeHad(t *testing.T) {
	for _, test := range []struct {
		fault string
		nodes int
		args  []string
	}{
		{"partial-partition", 2, nil}, {"ring", 3, nil}, {"leader", 3, []string{"x"}}, {"partition", 3, nil},
		{"partition", 3, []string{"quarters"}}, {"partition", 3, []string{"1|9"}}, {"partition", 3, []string{"1|1"}},
	} {
		f, err := Lookup(test.fault)
		if err != nil {
			t.Fatal(err)
		}
		c := config(test.nodes)
		c.FaultArgs = test.args
		if err := f.Check(c); err == nil {
			t.Errorf("%s %v of %d nodes is accepted", test.fault, test.args, test.nodes)
		}
	}
	if _, err := Lookup("frob"); err == nil {
		t.Error("frob is a fault")
	}
	c := config(3)
	c.KillN = 4
	if f, _ := Lookup("kill-n"); f.Check(c) == nil {
		t.Error("4 of 3 nodes are killed")
	}
}

// In a ring each node sees a majority, and no two see the same.
func TestRing(t *testing.T) {
	for n := 4; n < 12; n++ {
		f, _ := Lookup("ring")
		list, err := f.Steps(config(n), Scene{Nodes: n, Leader: 0})
		if err != nil {
			continue // a majority on both sides is all of them
		}
		sees := make([][]bool, n)
		for i := range sees {
			sees[i] = slices.Repeat([]bool{true}, n)
		}
		for _, s := range list {
			if s.Command.Verb != Cut {
				continue
			}
			sets, err := Scene{Nodes: n}.Resolve(s.Command.Parts...)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range sets[0] {
				for _, b := range sets[1] {
					sees[a][b], sees[b][a] = false, false
				}
			}
		}
		for i, row := range sees {
			count := 0
			for _, s := range row {
				if s {
					count++
				}
			}
			if count <= n/2 || count == n {
				t.Errorf("%d nodes: node %d sees %d", n, i+1, count)
			}
			for j := range i {
				if slices.Equal(sees[j], row) {
					t.Errorf("%d nodes: %d and %d see the same", n, i+1, j+1)
				}
			}
		}
	}
}
