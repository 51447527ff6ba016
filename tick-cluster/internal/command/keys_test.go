package command

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestKeysLeadToCommands(t *testing.T) {
	tests := []struct {
		name, typed string
		want        []Command
		problem     string // of the last key
		prompt      string // after the last key
	}{
		{name: "single keys", typed: "tspgGjKD h?", want: []Command{
			{Verb: Tick}, {Verb: Stats}, {Verb: Protocol}, {Verb: StopGossip}, {Verb: StartGossip}, {Verb: Join},
			{Verb: Revive}, {Verb: ClearDebug}, {Verb: Rule}, {Verb: Help}, {Verb: Help}}},
		{name: "quit", typed: "q", want: []Command{{Verb: Quit}}},
		{name: "Enter as a terminal sends it, and as a file does", typed: "\r\n", want: []Command{{Verb: Blank}, {Verb: Blank}}},
		{name: "counts", typed: "k1\rl20\rm0\n", want: []Command{
			{Verb: Kill, Nodes: []string{"1"}}, {Verb: Suspend, Nodes: []string{"20"}}, {Verb: Terminate, Nodes: []string{"0"}}}},
		{name: "nodes by their names", typed: "k3001\rl3001, 3002\rm3000-3002\rr127.0.0.1:3001 [fd00::1a]:3000\r", want: []Command{
			{Verb: Kill, Nodes: []string{"3001"}}, {Verb: Suspend, Nodes: []string{"3001,", "3002"}},
			{Verb: Terminate, Nodes: []string{"3000-3002"}}, {Verb: Revive, Nodes: []string{"127.0.0.1:3001", "[fd00::1a]:3000"}}}},
		{name: "a count that is no name", typed: "krandom 12\r", want: []Command{{Verb: Kill, Nodes: []string{"random", "12"}}}},
		{name: "all of them", typed: "k*\r", want: []Command{{Verb: Kill, Nodes: []string{"*"}}}},
		{name: "the digits are shown", typed: "k12", prompt: "kill (number or nodes): 12"},
		{name: "backspace takes digits back", typed: "k12\x7f\b3\r", want: []Command{{Verb: Kill, Nodes: []string{"3"}}}},
		{name: "backspace without digits", typed: "l\x7f", prompt: "suspend (number or nodes): "},
		{name: "too many digits", typed: "m" + strings.Repeat("3", 501), problem: "at most 500 characters"},
		{name: "Enter without digits", typed: "k\r", problem: "expected a number or nodes and then Enter, not Enter"},
		{name: "a letter in a count", typed: "k1q", problem: "expected a number or nodes and then Enter, not q"},
		{name: "a letter in place of a count", typed: "ka", problem: "expected a number or nodes and then Enter, not a"},
		{name: "a space in place of a count", typed: "k ", problem: "expected a number or nodes and then Enter, not space"},
		{name: "a letter after the word", typed: "krandom x", problem: "expected a number or nodes and then Enter, not x"},
		{name: "a key after a broken count is read anew", typed: "k1xt", want: []Command{{Verb: Tick}}},
		{name: "flags", typed: "dpdh", want: []Command{{Verb: SetDebug, Flag: "p"}, {Verb: SetDebug, Flag: "h"}}},
		{name: "no flag", typed: "dx", problem: "expected p or h, not x"},
		{name: "a cut into halves", typed: "c\rC", want: []Command{{Verb: Cut}, {Verb: Mend}}},
		{name: "a cut into parts", typed: "c 3000,3001  3002-3003\n", want: []Command{
			{Verb: Cut, Parts: []string{"3000,3001", "3002-3003"}}}},
		{name: "parts are shown", typed: "c30", prompt: "cut into (Enter: two halves): 30"},
		{name: "backspace takes parts back", typed: "c3x\x7f\x7f\x7f*\r", want: []Command{{Verb: Cut, Parts: []string{"*"}}}},
		{name: "Esc in parts", typed: "c3\x1b", problem: "expected parts and then Enter, not Esc"},
		{name: "too many parts", typed: "c" + strings.Repeat("3", 501), problem: "at most 500 characters"},
		{name: "Ctrl-C in parts", typed: "c3000\x03", want: []Command{{Verb: Quit}}},
		{name: "no key", typed: "x", problem: "unknown key x, press h for help"},
		{name: "control keys have names", typed: "\x04", problem: "unknown key Ctrl-D, press h for help"},
		{name: "Ctrl-C", typed: "\x03", want: []Command{{Verb: Quit}}},
		{name: "Ctrl-C in a count", typed: "k1\x03", want: []Command{{Verb: Quit}}},
		{name: "Ctrl-C instead of a flag", typed: "d\x03", want: []Command{{Verb: Quit}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var k Keys
			var got []Command
			var last Outcome
			for _, key := range test.typed {
				last = k.Press(key)
				if last.Command.Verb != None {
					got = append(got, last.Command)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("commands (-want +got):\n%s", diff)
			}
			if last.Problem != test.problem || last.Prompt != test.prompt {
				t.Errorf("problem %q, prompt %q; want %q, %q", last.Problem, last.Prompt, test.problem, test.prompt)
			}
		})
	}
}

func TestTheRecordShowsWhatWasTyped(t *testing.T) {
	for typed, want := range map[string]string{
		"k12\r": "kill (number or nodes): 12", "l3x": "suspend (number or nodes): 3", "c1 2\r": "cut into (Enter: two halves): 1 2", "dp": "set debug (p or h): p", "m1\x03": "terminate (number or nodes): 1", "t": "",
	} {
		var k Keys
		var last Outcome
		for _, key := range typed {
			last = k.Press(key)
		}
		if last.Typed != want {
			t.Errorf("after %q the record is %q, want %q", typed, last.Typed, want)
		}
	}
}

// Whatever is typed, a command is well-formed, a problem changes nothing, and
// Ctrl-C ends it.
func TestAnyKeysAreSafe(t *testing.T) {
	key := rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("klmrcCdphtKqandom 0123456789,-\r\n\b\x7f\x1b")))
	rapid.Check(t, func(t *rapid.T) {
		var k Keys
		for _, r := range rapid.SliceOf(key).Draw(t, "keys") {
			o := k.Press(r)
			c := o.Command
			if c.Verb != None && (o.Problem != "" || o.Prompt != "") || o.Problem != "" && o.Prompt != "" {
				t.Fatalf("%q: more than one of command, problem and prompt: %+v", r, o)
			}
			some := c.Verb == Kill || c.Verb == Suspend || c.Verb == Terminate
			if some && len(c.Nodes) == 0 || len(c.Nodes) > 0 && !some && c.Verb != Revive {
				t.Fatalf("%q: nodes of %+v", r, c)
			}
			if (c.Flag != "") != (c.Verb == SetDebug) || len(o.Prompt) > maxText+40 {
				t.Fatalf("%q: %+v", r, o)
			}
		}
		if o := k.Press(interrupt); o.Command.Verb != Quit {
			t.Fatalf("Ctrl-C leads to %+v", o)
		}
	})
}

func TestHelpNamesEveryKey(t *testing.T) {
	help := "\n" + strings.Join(KeyHelp(), "\n")
	for _, want := range []string{"t", "s", "p", "g", "G", "j", "k N|NODES Enter", "l N|NODES Enter", "m N|NODES Enter", "r N|NODES Enter", "K", "c [PARTS] Enter", "C", "d p|h", "D", "space", "Enter", "h", "?", "q", "Ctrl-C"} {
		if !strings.Contains(help, "\n"+want+" ") {
			t.Errorf("no help for %q in:%s", want, help)
		}
	}
}
