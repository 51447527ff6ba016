package command

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestLinesLeadToCommands(t *testing.T) {
	for line, want := range map[string]Command{
		"":                           {},
		"  \t ":                      {},
		"# a comment":                {},
		"tick # and a comment":       {Verb: Tick},
		" stats\t":                   {Verb: Stats},
		"protocol":                   {Verb: Protocol},
		"kill 2":                     {Verb: Kill, Nodes: []string{"2"}},
		"kill 3001 3002,3003":        {Verb: Kill, Nodes: []string{"3001", "3002,3003"}},
		"suspend random 1":           {Verb: Suspend, Nodes: []string{"random", "1"}},
		"terminate 9999":             {Verb: Terminate, Nodes: []string{"9999"}},
		"revive 3001":                {Verb: Revive, Nodes: []string{"3001"}},
		"revive":                     {Verb: Revive},
		"join":                       {Verb: Join},
		"gossip on":                  {Verb: StartGossip},
		"gossip off":                 {Verb: StopGossip},
		"debug p":                    {Verb: SetDebug, Flag: "p"},
		"debug h":                    {Verb: SetDebug, Flag: "h"},
		"debug off":                  {Verb: ClearDebug},
		"cut":                        {Verb: Cut},
		"cut 3000,3001  3002-3009":   {Verb: Cut, Parts: []string{"3000,3001", "3002-3009"}},
		"cut [fd00::11]:3000 *":      {Verb: Cut, Parts: []string{"[fd00::11]:3000", "*"}},
		"mend":                       {Verb: Mend},
		"wait converged":             {Verb: Wait, Partitions: 1, Time: 30 * time.Second},
		"wait converged 10s":         {Verb: Wait, Partitions: 1, Time: 10 * time.Second},
		"wait partitions 2":          {Verb: Wait, Partitions: 2, Time: 30 * time.Second},
		"wait partitions 3 1m30s":    {Verb: Wait, Partitions: 3, Time: 90 * time.Second},
		"sleep 500ms":                {Verb: Sleep, Time: 500 * time.Millisecond},
		"help":                       {Verb: Help},
		"quit":                       {Verb: Quit},
		"quit\r":                     {Verb: Quit},
		"wait partitions 9999 24h0s": {Verb: Wait, Partitions: 9999, Time: 24 * time.Hour},
	} {
		got, err := ParseLine(line)
		if err != nil {
			t.Errorf("%q: %v", line, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	}
}

func TestNonsenseInALineHasAnError(t *testing.T) {
	for line, want := range map[string]string{
		"frobnicate":            `unknown command "frobnicate", help lists them`,
		"Tick":                  `unknown command "Tick", help lists them`,
		"tick 2":                `tick: nothing is expected after it, got "2"`,
		"mend all":              `mend: nothing is expected after it, got "all"`,
		"kill":                  "kill: a number of nodes, or their names, are expected after it",
		"suspend # 1":           "suspend: a number of nodes, or their names, are expected after it",
		"gossip":                `gossip: on or off is expected, got ""`,
		"gossip maybe":          `gossip: on or off is expected, got "maybe"`,
		"debug x":               `debug: p or h or off is expected, got "x"`,
		"wait":                  "wait: converged [TIME] or partitions N [TIME] is expected",
		"wait long":             "wait: converged [TIME] or partitions N [TIME] is expected",
		"wait converged 1s 2s":  "wait: converged [TIME] or partitions N [TIME] is expected",
		"wait converged 10":     `wait: "10" is not a time such as 500ms, 10s or 2m`,
		"wait converged -1s":    "wait: -1s is not a time of more than 0 and at most 24h0m0s",
		"wait partitions":       "wait: converged [TIME] or partitions N [TIME] is expected",
		"wait partitions 0":     `wait: "0" is not a number from 1 to 9999`,
		"wait partitions 2 25h": "wait: 25h is not a time of more than 0 and at most 24h0m0s",
		"sleep":                 `sleep: one time such as 2s is expected, got ""`,
		"sleep a while":         `sleep: one time such as 2s is expected, got "a while"`,
		"sleep soon":            `sleep: "soon" is not a time such as 500ms, 10s or 2m`,
	} {
		c, err := ParseLine(line)
		if err == nil || err.Error() != want {
			t.Errorf("%q: error %v, want %s", line, err, want)
		}
		if diff := cmp.Diff(Command{}, c); diff != "" {
			t.Errorf("%q: a command in spite of the error:\n%s", line, diff)
		}
	}
}

// A command as it is recorded can be given again.
func TestACommandIsALineThatMeansIt(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string {
		words := []string{"tick", "kill", "cut", "wait", "converged", "partitions", "sleep", "gossip", "on", "off",
			"debug", "p", "revive", "random", "3000,3001", "*", "2", "10s", "#"}
		return strings.Join(rapid.SliceOf(rapid.SampledFrom(words)).Draw(t, "words"), " ")
	}))
	rapid.Check(t, func(t *rapid.T) {
		line := text.Draw(t, "line")
		c, err := ParseLine(line)
		if err != nil {
			return
		}
		again, err := ParseLine(c.String())
		if err != nil {
			t.Fatalf("%q was recorded as %q: %v", line, c, err)
		}
		if diff := cmp.Diff(c, again); diff != "" {
			t.Fatalf("%q was recorded as %q (-want +got):\n%s", line, c, diff)
		}
	})
}

func TestScriptHelpNamesEveryCommand(t *testing.T) {
	help := "\n" + strings.Join(ScriptHelp(), "\n")
	for _, want := range []string{"tick", "stats", "kill N|NODES", "revive [N|NODES]", "gossip on|off", "cut [PART PART...]", "mend",
		"wait converged [TIME]", "wait partitions N [TIME]", "sleep TIME", "quit"} {
		if !strings.Contains(help, "\n"+want+" ") {
			t.Errorf("no help for %q in:%s", want, help)
		}
	}
}
