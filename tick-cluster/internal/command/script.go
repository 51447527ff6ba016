package command

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// defaultWait is how long a wait without a time lasts at most.
const defaultWait = 30 * time.Second

// word is a command of scripts.
type word struct {
	name, arguments, help string
	// parse reads the arguments; its error says what is expected of them.
	parse func(args []string) (Command, error)
}

var words = []word{
	{"tick", "", "run a protocol period everywhere, show the checksums", plain(Tick)},
	{"stats", "", "show who holds whom to be what", plain(Stats)},
	{"protocol", "", "show the protocol stats of each node", plain(Protocol)},
	{"kill", "N|NODES", "kill N random nodes, or those named (SIGKILL)", some(Kill)},
	{"suspend", "N|NODES", "suspend them (SIGSTOP)", some(Suspend)},
	{"terminate", "N|NODES", "terminate them (SIGTERM, after 5 s SIGKILL)", some(Terminate)},
	{"revive", "[N|NODES]", "revive them; without a word all that are down or suspended", anyOf(Revive)},
	{"join", "", "make all nodes join again", plain(Join)},
	{"gossip", "on|off", "start or stop gossip", chosen(map[string]Command{"on": {Verb: StartGossip}, "off": {Verb: StopGossip}})},
	{"debug", "p|h|off", "set a debug flag, or clear them", chosen(map[string]Command{
		"p": {Verb: SetDebug, Flag: "p"}, "h": {Verb: SetDebug, Flag: "h"}, "off": {Verb: ClearDebug}})},
	{"cut", "[PART PART...]", "cut the parts from each other; two halves if none is named", parseCut},
	{"mend", "", "mend the cut", plain(Mend)},
	{"wait", "converged [TIME]", "wait until all running nodes agree on who is alive", parseWait},
	{"", "partitions N [TIME]", "the same for N sides, each of which agrees (TIME is 30s if not named)", nil},
	{"sleep", "TIME", "do nothing for some time, such as 500ms or 2s", parseSleep},
	{"help", "", "show this help", plain(Help)},
	{"quit", "", "stop all nodes and quit, as the end of the input does", plain(Quit)},
}

// ScriptHelp returns one line for each command of scripts, for people.
func ScriptHelp() []string {
	var lines []string
	last := ""
	for _, w := range words {
		if w.name != "" {
			last = w.name
		}
		lines = append(lines, fmt.Sprintf("%-24s %s", strings.TrimSpace(last+" "+w.arguments), w.help))
	}
	return lines
}

// ParseLine reads a line of a script: a word and its arguments, with spaces
// between. What follows a # is a comment. A line without a word is the zero
// Command.
func ParseLine(line string) (Command, error) {
	line, _, _ = strings.Cut(line, "#")
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return Command{}, nil
	}
	for _, w := range words {
		if w.name != fields[0] || w.parse == nil {
			continue
		}
		c, err := w.parse(fields[1:])
		if err != nil {
			return Command{}, fmt.Errorf("%s: %w", w.name, err)
		}
		return c, nil
	}
	return Command{}, fmt.Errorf("unknown command %q, help lists them", fields[0])
}

func plain(v Verb) func([]string) (Command, error) {
	return func(args []string) (Command, error) {
		if len(args) > 0 {
			return Command{}, fmt.Errorf("nothing is expected after it, got %q", strings.Join(args, " "))
		}
		return Command{Verb: v}, nil
	}
}

// some leaves it to package naming what the words mean: that takes a cluster.
func some(v Verb) func([]string) (Command, error) {
	return func(args []string) (Command, error) {
		if len(args) == 0 {
			return Command{}, errors.New("a number of nodes, or their names, are expected after it")
		}
		return Command{Verb: v, Nodes: args}, nil
	}
}

func anyOf(v Verb) func([]string) (Command, error) {
	return func(args []string) (Command, error) {
		if len(args) == 0 {
			args = nil
		}
		return Command{Verb: v, Nodes: args}, nil
	}
}

func count(s string, from int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < from || n > MaxCount {
		return 0, fmt.Errorf("%q is not a number from %d to %d", s, from, MaxCount)
	}
	return n, nil
}

func chosen(choices map[string]Command) func([]string) (Command, error) {
	return func(args []string) (Command, error) {
		got := strings.Join(args, " ")
		c, ok := choices[got]
		if !ok {
			var names []string
			for _, name := range []string{"on", "p", "h", "off"} {
				if _, ok := choices[name]; ok {
					names = append(names, name)
				}
			}
			return Command{}, fmt.Errorf("%s is expected, got %q", strings.Join(names, " or "), got)
		}
		return c, nil
	}
}

// parseCut leaves it to make_partition what a part is.
func parseCut(args []string) (Command, error) {
	if len(args) == 0 {
		return Command{Verb: Cut}, nil
	}
	return Command{Verb: Cut, Parts: args}, nil
}

var errWait = errors.New("converged [TIME] or partitions N [TIME] is expected")

func parseWait(args []string) (Command, error) {
	c := Command{Verb: Wait, Partitions: 1, Time: defaultWait}
	if len(args) == 0 {
		return Command{}, errWait
	}
	rest := args[1:]
	switch args[0] {
	case "converged":
	case "partitions":
		if len(rest) == 0 {
			return Command{}, errWait
		}
		n, err := count(rest[0], 1)
		if err != nil {
			return Command{}, err
		}
		c.Partitions, rest = n, rest[1:]
	default:
		return Command{}, errWait
	}
	switch len(rest) {
	case 0:
		return c, nil
	case 1:
		var err error
		c.Time, err = span(rest[0])
		return c, err
	}
	return Command{}, errWait
}

func parseSleep(args []string) (Command, error) {
	if len(args) != 1 {
		return Command{}, fmt.Errorf("one time such as 2s is expected, got %q", strings.Join(args, " "))
	}
	d, err := span(args[0])
	return Command{Verb: Sleep, Time: d}, err
}

func span(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is not a time such as 500ms, 10s or 2m", s)
	case d <= 0 || d > MaxTime:
		return 0, fmt.Errorf("%s is not a time of more than 0 and at most %v", s, MaxTime)
	}
	return d, nil
}
