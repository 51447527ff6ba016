package fault

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Verb is what a command does.
type Verb string

// The verbs.
const (
	Cut    Verb = "cut"     // parts from each other
	OneWay Verb = "one-way" // the first part cannot send to the second
	Mend   Verb = "mend"    // all cuts and slow or lossy links
	Slow   Verb = "slow"    // the links of nodes
	Loss   Verb = "loss"    // on the links of nodes
	Kill   Verb = "kill"
	Revive Verb = "revive"
	Pause  Verb = "pause"
	Resume Verb = "resume"
	Fill   Verb = "fill" // the disks of nodes
	Free   Verb = "free"
	Join   Verb = "join"  // spare nodes
	Leave  Verb = "leave" // the spare nodes that have joined
	Skew   Verb = "skew"

	Nodes  Verb = "nodes"
	Links  Verb = "links"
	Leader Verb = "leader"
	Status Verb = "status"
	Exec   Verb = "exec"
	Load   Verb = "load"
	Sleep  Verb = "sleep"
	Wait   Verb = "wait"
	Help   Verb = "help"
	Quit   Verb = "quit"
)

// Names are how nodes are called: by their numbers from 1, ranges of them (2-4), the
// words leader, follower (the node after the leader) and followers, and * for all that
// the command does not name.
type Names []string

// Command is one command.
type Command struct {
	Verb    Verb
	Parts   []Names       // cut, one-way
	Nodes   Names         // kill and others; empty means all that it can mean
	Time    time.Duration // slow, skew, sleep, wait
	Percent float64       // loss
	Count   int           // join
	On      bool          // load
	Words   []string      // exec
}

// word is a command as it is written.
type word struct {
	verb            Verb
	arguments, help string
	parse           func(c *Command, args []string) error
	// outside commands change something, and may stand in a schedule.
	outside bool
}

var words []word

func init() {
	words = []word{
		{Nodes, "", "list the nodes, their addresses and processes", plain, false},
		{Status, "", "ask all nodes for their state", plain, false},
		{Leader, "", "say who leads, or owns the key that is asked most", plain, false},
		{Links, "", "list the links, and what became of their packets", plain, false},
		{Exec, "NODE COMMAND...", "run a command on the host of a node", parseExec, false},
		{Cut, "PART PART...", "cut parts from each other: cut 1,2 3 or cut leader *", parseCut, true},
		{OneWay, "PART PART", "what the first part sends does not reach the second", parseOneWay, true},
		{Slow, "NODES TIME", "delay what the nodes send and receive: slow leader 300ms", parseSlow, true},
		{Loss, "NODES PERCENT", "lose packets that the nodes send and receive: loss * 5", parseLoss, true},
		{Mend, "", "mend all links", plain, true},
		{Kill, "NODES", "kill nodes (SIGKILL)", some, true},
		{Revive, "[NODES]", "start nodes that are down", anyOf, true},
		{Pause, "NODES", "stop processes (SIGSTOP); suspend is the same", some, true},
		{Resume, "[NODES]", "let them go on (SIGCONT)", anyOf, true},
		{Fill, "NODES", "fill the disks of nodes", some, true},
		{Free, "[NODES]", "give the room back", anyOf, true},
		{Join, "N", "start N further nodes at once", parseJoin, true},
		{Leave, "", "end the further nodes (SIGTERM)", plain, true},
		{Skew, "NODES TIME", "move the clocks of nodes", parseSkew, true},
		{Load, "on|off", "start the load, or stop it", parseLoad, false},
		{Sleep, "TIME", "do nothing for some time", parseSleep, false},
		{Wait, "ready [TIME]", "wait until all nodes agree (30s if not named)", parseWait, false},
		{Help, "", "show this help", plain, false},
		{Quit, "", "stop all nodes and quit, as the end of the input does", plain, false},
	}
}

// HelpLines returns a line for each command, for people.
func HelpLines() []string {
	var lines []string
	for _, w := range words {
		lines = append(lines, fmt.Sprintf("%-22s %s", strings.TrimSpace(string(w.verb)+" "+w.arguments), w.help))
	}
	return lines
}

// maxTime bounds the times in commands.
const maxTime = 24 * time.Hour

// ParseCommand reads a command. What follows a # is a comment; a line without a word is
// the zero Command.
func ParseCommand(line string) (Command, error) {
	line, _, _ = strings.Cut(line, "#")
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return Command{}, nil
	}
	verb := Verb(fields[0])
	if verb == "suspend" { // tick-cluster's word
		verb = Pause
	}
	i := slices.IndexFunc(words, func(w word) bool { return w.verb == verb })
	if i < 0 {
		return Command{}, fmt.Errorf("unknown command %q, help lists them", fields[0])
	}
	c := Command{Verb: verb}
	if err := words[i].parse(&c, fields[1:]); err != nil {
		return Command{}, fmt.Errorf("%s: %w", fields[0], err)
	}
	return c, nil
}

// Changes reports whether the command does something to the system, and so may stand
// in a schedule.
func (c Command) Changes() bool {
	return slices.ContainsFunc(words, func(w word) bool { return w.verb == c.Verb && w.outside })
}

// String returns the command as it is written.
func (c Command) String() string {
	text := []string{string(c.Verb)}
	for _, p := range c.Parts {
		text = append(text, strings.Join(p, ","))
	}
	if len(c.Nodes) > 0 {
		text = append(text, strings.Join(c.Nodes, ","))
	}
	switch c.Verb {
	case Slow, Skew, Sleep:
		text = append(text, c.Time.String())
	case Wait:
		text = append(text, "ready", c.Time.String())
	case Loss:
		text = append(text, strconv.FormatFloat(c.Percent, 'g', -1, 64))
	case Join:
		text = append(text, strconv.Itoa(c.Count))
	case Load:
		text = append(text, map[bool]string{true: "on", false: "off"}[c.On])
	}
	return strings.Join(append(text, c.Words...), " ")
}

func plain(_ *Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("nothing is expected after it, got %q", strings.Join(args, " "))
	}
	return nil
}

func some(c *Command, args []string) error {
	if len(args) != 1 {
		return errors.New("nodes are expected after it, such as 1 or 1,3 or 2-4 or leader or *")
	}
	return anyOf(c, args)
}

func anyOf(c *Command, args []string) (err error) {
	if len(args) > 1 {
		return errors.New("one list of nodes is expected after it, such as 1,3")
	}
	if len(args) == 1 {
		c.Nodes, err = parseNames(args[0])
	}
	return err
}

func parseCut(c *Command, args []string) error {
	if len(args) < 2 {
		return errors.New("two parts or more are expected after it, such as 1,2 3")
	}
	for _, arg := range args {
		part, err := parseNames(arg)
		if err != nil {
			return err
		}
		c.Parts = append(c.Parts, part)
	}
	return nil
}

func parseOneWay(c *Command, args []string) error {
	if len(args) != 2 {
		return errors.New("two parts are expected after it, such as 1 2,3")
	}
	return parseCut(c, args)
}

func parseSlow(c *Command, args []string) error {
	if err := timed(c, args, true); err != nil {
		return err
	}
	if c.Time > time.Minute {
		return fmt.Errorf("%v is more than a minute", c.Time)
	}
	return nil
}

func parseSkew(c *Command, args []string) error { return timed(c, args, false) }

func timed(c *Command, args []string, positive bool) (err error) {
	if len(args) != 2 {
		return errors.New("nodes and a time are expected after it, such as leader 300ms")
	}
	if c.Nodes, err = parseNames(args[0]); err == nil {
		c.Time, err = parseTime(args[1], positive)
	}
	return err
}

func parseTime(text string, positive bool) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time such as 300ms or 2s", text)
	}
	if d > maxTime || d < -maxTime || positive && d <= 0 {
		return 0, fmt.Errorf("%s is not a time of more than 0 and at most %v", text, maxTime)
	}
	return d, nil
}

func parseLoss(c *Command, args []string) (err error) {
	if len(args) != 2 {
		return errors.New("nodes and percent are expected after it, such as * 5")
	}
	if c.Nodes, err = parseNames(args[0]); err != nil {
		return err
	}
	c.Percent, err = strconv.ParseFloat(strings.TrimSuffix(args[1], "%"), 64)
	if err != nil || !(c.Percent > 0 && c.Percent <= 100) {
		return fmt.Errorf("%q is not a number of percent, from 0 to 100", args[1])
	}
	return nil
}

func parseJoin(c *Command, args []string) (err error) {
	if len(args) != 1 {
		return errors.New("a number of nodes is expected after it")
	}
	if c.Count, err = strconv.Atoi(args[0]); err != nil || c.Count < 1 || c.Count > 100 {
		return fmt.Errorf("%q is not a number from 1 to 100", args[0])
	}
	return nil
}

func parseLoad(c *Command, args []string) error {
	if len(args) != 1 || args[0] != "on" && args[0] != "off" {
		return errors.New("on or off is expected after it")
	}
	c.On = args[0] == "on"
	return nil
}

func parseSleep(c *Command, args []string) (err error) {
	if len(args) != 1 {
		return errors.New("one time is expected after it, such as 2s")
	}
	c.Time, err = parseTime(args[0], true)
	return err
}

func parseWait(c *Command, args []string) (err error) {
	if len(args) < 1 || len(args) > 2 || args[0] != "ready" && args[0] != "converged" {
		return errors.New("ready [TIME] is expected after it")
	}
	c.Time = 30 * time.Second
	if len(args) == 2 {
		c.Time, err = parseTime(args[1], true)
	}
	return err
}

func parseExec(c *Command, args []string) error {
	if len(args) < 2 {
		return errors.New("a node and a command are expected after it, such as 2 ip route")
	}
	names, err := parseNames(args[0])
	if err != nil {
		return err
	}
	c.Nodes, c.Words = names, args[1:]
	return nil
}

// parseNames reads a list of nodes. Whether they exist is looked at by Resolve.
func parseNames(text string) (Names, error) {
	var names Names
	for name := range strings.SplitSeq(text, ",") {
		switch name {
		case "*", "leader", "follower", "followers":
			names = append(names, name)
			continue
		}
		first, last, isRange := strings.Cut(name, "-")
		if !isRange {
			last = first
		}
		a, errA := strconv.ParseUint(first, 10, 16)
		b, errB := strconv.ParseUint(last, 10, 16)
		if errA != nil || errB != nil || a < 1 || b < a || b-a > 1000 {
			return nil, fmt.Errorf("%q is no node: there are numbers from 1, ranges such as 2-4, leader, follower, followers and *", name)
		}
		for n := a; n <= b; n++ {
			names = append(names, strconv.FormatUint(n, 10))
		}
	}
	return names, nil
}
