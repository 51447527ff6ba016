package fault

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestACommandIsALineThatMeansIt(t *testing.T) {
	for line, want := range map[string]Command{
		"":                       {},
		"  # nothing":            {},
		"cut 1,2 3":              {Verb: Cut, Parts: []Names{{"1", "2"}, {"3"}}},
		"cut leader *":           {Verb: Cut, Parts: []Names{{"leader"}, {"*"}}},
		"one-way 1 2-4 # so":     {Verb: OneWay, Parts: []Names{{"1"}, {"2", "3", "4"}}},
		"slow leader 300ms":      {Verb: Slow, Nodes: Names{"leader"}, Time: 300 * time.Millisecond},
		"loss * 5%":              {Verb: Loss, Nodes: Names{"*"}, Percent: 5},
		"suspend 2":              {Verb: Pause, Nodes: Names{"2"}},
		"revive":                 {Verb: Revive},
		"join 10":                {Verb: Join, Count: 10},
		"load on":                {Verb: Load, On: true},
		"wait ready":             {Verb: Wait, Time: 30 * time.Second},
		"wait converged 5s":      {Verb: Wait, Time: 5 * time.Second},
		"exec 2 ip route":        {Verb: Exec, Nodes: Names{"2"}, Words: []string{"ip", "route"}},
		"skew leader -1m0s":      {Verb: Skew, Nodes: Names{"leader"}, Time: -time.Minute},
		"mend\r":                 {Verb: Mend},
		"kill followers,leader ": {Verb: Kill, Nodes: Names{"followers", "leader"}},
	} {
		got, err := ParseCommand(line)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v, want %+v", line, got, err, want)
			continue
		}
		if again, err := ParseCommand(got.String()); err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%q is written as %q, which is %+v, %v", line, got, again, err)
		}
	}
}

func TestNonsenseHasAnErrorThatNamesIt(t *testing.T) {
	for line, want := range map[string]string{
		"frob":         `unknown command "frob"`,
		"cut 1":        "two parts or more",
		"cut 1 0":      `"0" is no node`,
		"cut 1 3-2":    `"3-2" is no node`,
		"cut 1 a":      `"a" is no node`,
		"one-way 1":    "two parts",
		"kill":         "nodes are expected",
		"kill 1 2":     "nodes are expected",
		"slow 1":       "nodes and a time",
		"slow 1 -3s":   "not a time of more than 0",
		"slow 1 2m":    "more than a minute",
		"loss 1 0":     "not a number of percent",
		"loss 1 101":   "not a number of percent",
		"loss 1 NaN":   "not a number of percent",
		"join 0":       "not a number from 1",
		"load maybe":   "on or off",
		"sleep":        "one time",
		"sleep 25h":    "at most 24h",
		"wait":         "ready [TIME]",
		"exec 1":       "a node and a command",
		"mend all":     "nothing is expected",
		"kill 1-99999": "is no node",
	} {
		if _, err := ParseCommand(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", line, err, want)
		}
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	help := strings.Join(HelpLines(), "\n")
	for _, w := range words {
		if !strings.Contains("\n"+help, "\n"+string(w.verb)+" ") {
			t.Errorf("no help for %s", w.verb)
		}
	}
}

func TestNamesOfNodes(t *testing.T) {
	scene := Scene{Nodes: 5, Leader: 4}
	for _, test := range []struct {
		lists []Names
		want  [][]int
	}{
		{[]Names{{"1", "2"}, {"3"}}, [][]int{{0, 1}, {2}}},
		{[]Names{{"leader"}, {"*"}}, [][]int{{4}, {0, 1, 2, 3}}},
		{[]Names{{"follower"}}, [][]int{{0}}},
		{[]Names{{"followers"}}, [][]int{{0, 1, 2, 3}}},
		{[]Names{{"2", "2"}}, [][]int{{1}}},
	} {
		if got, err := scene.Resolve(test.lists...); err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%v: %v, %v", test.lists, got, err)
		}
	}
	for _, lists := range [][]Names{{{"1"}, {"1"}}, {{"6"}}, {{"*"}, {"*"}}, {{"1-5"}, {"*"}}, {{"1", "2", "3", "4", "5"}, {"*"}}} {
		if got, err := scene.Resolve(lists...); err == nil {
			t.Errorf("%v means %v", lists, got)
		}
	}
	if _, err := (Scene{Nodes: 3, Leader: -1}).Resolve(Names{"leader"}); err == nil {
		t.Error("there is a leader")
	}
}

func FuzzCommand(f *testing.F) {
	for _, line := range []string{"cut 1,2 3", "one-way leader *", "slow 1-3 300ms", "loss * 5", "exec 1 a b", "wait ready 3s", "# x"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c, err := ParseCommand(line)
		if err != nil {
			return
		}
		again, err := ParseCommand(c.String())
		if err != nil || again.String() != c.String() {
			t.Errorf("%q is written as %q, then %q, %v", line, c, again, err)
		}
	})
}

func FuzzSchedule(f *testing.F) {
	f.Add("12s cut leader follower\n24s mend # end\n")
	f.Add("0s kill 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		steps, err := ParseSchedule(text)
		for i, s := range steps {
			if err != nil || !s.Command.Changes() || i > 0 && s.At < steps[i-1].At {
				t.Errorf("%q: step %d is %+v, %v", text, i, s, err)
			}
		}
	})
}
