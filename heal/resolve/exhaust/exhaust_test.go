package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/heal/resolve/akka"
)

// The guard never keeps two sides, of as many pairs as docs/resolver.md says.
func TestTheGuardNeverKeepsTwoSides(t *testing.T) {
	for _, n := range []int{2, 3, 4, 5} {
		for _, r := range strategies(n) {
			if n == 5 && r.Strategy != resolve.KeepMajority {
				continue // the command counts them all; under the race detector it takes long
			}
			c := count(n, &timed, &guard{r})
			if c.double != 0 {
				t.Errorf("%d members, %s: %d of %d, such as %v and %v", n, label(&r), c.double, c.pairs, &c.first, &c.second)
			}
			if n == 5 && c.pairs != 22_854_150 {
				t.Errorf("%d pairs", c.pairs)
			}
		}
	}
}

// A quorum of more than half of all members holds whatever is believed of newcomers.
func TestAQuorumHoldsAlsoUnsettled(t *testing.T) {
	for n := 2; n <= 4; n++ {
		g := guard{resolve.Rules{Strategy: resolve.StaticQuorum, QuorumSize: n/2 + 1}}
		if c := count(n, &untimed, &g); c.double != 0 {
			t.Errorf("%d members: %d", n, c.double)
		}
	}
}

// Akka's rules need their leader: in the same situations nodes on two sides both stay.
func TestAkkasRulesWithoutALeaderKeepTwoSides(t *testing.T) {
	for _, test := range []struct {
		rules  resolve.Rules
		double uint64 // at four members
	}{
		{resolve.Rules{Strategy: resolve.KeepMajority}, 342},
		{resolve.Rules{Strategy: resolve.KeepOldest, DownIfAlone: true}, 803},
		{resolve.Rules{Strategy: resolve.KeepOldest}, 324},
	} {
		if c := count(4, &timed, &published{akka.Rules{Rules: test.rules}}); c.double != test.double {
			t.Errorf("%s: %d of %d, want %d", label(&test.rules), c.double, c.pairs, test.double)
		}
	}
}

// A member that was written off counts against all sides as soon as it is alive again. If
// it counted nowhere until it has settled, a node that holds it settled already and one
// that does not could both keep their sides.
func TestWhoComesBackCountsAtOnce(t *testing.T) {
	model := timed
	rules := guard{resolve.Rules{Strategy: resolve.KeepMajority}}
	model.views[longGone] = []view{gone, settled}
	if c := count(3, &model, &rules); c.double == 0 {
		t.Error("it does no harm")
	}
	model.views[longGone] = []view{unsettled, settled}
	if c := count(3, &model, &rules); c.double != 0 {
		t.Errorf("%d, such as %v and %v", c.double, &c.first, &c.second)
	}
}

// The counting finds a rule that is wrong.
func TestAWrongRuleIsFound(t *testing.T) {
	for n := 2; n <= 3; n++ {
		if c := count(n, &timed, halves{}); c.double == 0 {
			t.Errorf("%d members: halves on both sides are not found", n)
		}
	}
}

// halves keeps a side with half of the known members, no matter which.
type halves struct{}

func (halves) keeps(s *situation) bool {
	here, known := 0, 0
	for i, v := range s.views {
		if v != unknown && v != gone {
			known++
			if s.here(i) {
				here++
			}
		}
	}
	return 2*here >= known
}

func TestRun(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run([]string{"-n", "3"}, &out, &errs); code != 0 {
		t.Errorf("exit code %d: %s", code, &errs)
	}
	if text := out.String(); !strings.Contains(text, "guard: keep-majority ") || !strings.Contains(text, "Akka, no leader: keep-oldest") {
		t.Error(text)
	}
	for _, args := range []string{"-n 1", "-n 7", "-n five", "more", "--frobnicate"} {
		if code := run(strings.Fields(args), &out, &errs); code != 2 {
			t.Errorf("%s: exit code %d", args, code)
		}
	}
	if code := run([]string{"--help"}, &out, &errs); code != 0 {
		t.Errorf("help: exit code %d", code)
	}
}
