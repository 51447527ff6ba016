package fault

import (
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
