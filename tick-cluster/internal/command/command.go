package command

import (
	"fmt"
	"strings"
	"time"
)

// Verb is what a command does.
type Verb uint8

// The verbs. The zero value is no command.
const (
	None        Verb = iota
	Tick             // run a protocol period everywhere, show the checksums
	Stats            // show the memberships
	Protocol         // show the protocol stats
	StopGossip       // on all nodes
	StartGossip      // on all nodes
	Join             // make all nodes join again
	Kill             // Nodes
	Suspend          // Nodes
	Terminate        // Nodes
	Revive           // Nodes that are down or suspended
	SetDebug         // Flag, on all nodes
	ClearDebug       // on all nodes
	Cut              // Parts from each other
	Mend             // the cut
	Wait             // until there are so many Partitions, for Time at most
	Sleep            // for Time
	Rule             // draw a line
	Blank            // print an empty line
	Help             // show the keys or the commands
	Quit             // stop all nodes and end
)

// MaxCount is the largest number of partitions that can be waited for.
const MaxCount = 9999

// Command is one thing to do.
type Command struct {
	Verb Verb
	// Nodes are the words that say which nodes, by name or how many, as package
	// naming reads them. Of Kill, Suspend and Terminate, and of Revive, where none
	// are all.
	Nodes []string
	Flag  string // "p" or "h"; of SetDebug only
	// Parts are lists of nodes as make_partition reads them; none stands for two
	// halves. Of Cut only.
	Parts []string
	// Partitions is how many sides are waited for, each at rest: 1 is a cluster
	// that has converged. Of Wait only, from 1 to MaxCount.
	Partitions int
	Time       time.Duration // from 1 ns to MaxTime; of Wait and Sleep only
}

// MaxTime is the longest time that a command can have.
const MaxTime = 24 * time.Hour

// String returns the command as a line of a script, also those that only keys
// can give.
func (c Command) String() string {
	switch c.Verb {
	case Kill, Suspend, Terminate, Revive:
		return strings.Join(append([]string{verbNames[c.Verb]}, c.Nodes...), " ")
	case SetDebug:
		return "debug " + c.Flag
	case Cut:
		return strings.Join(append([]string{"cut"}, c.Parts...), " ")
	case Wait:
		if c.Partitions == 1 {
			return fmt.Sprintf("wait converged %v", c.Time)
		}
		return fmt.Sprintf("wait partitions %d %v", c.Partitions, c.Time)
	case Sleep:
		return fmt.Sprintf("sleep %v", c.Time)
	}
	return verbNames[c.Verb]
}

var verbNames = [...]string{
	None: "", Tick: "tick", Stats: "stats", Protocol: "protocol", StopGossip: "gossip off", StartGossip: "gossip on",
	Join: "join", Kill: "kill", Suspend: "suspend", Terminate: "terminate", Revive: "revive", SetDebug: "debug",
	ClearDebug: "debug off", Cut: "cut", Mend: "mend", Wait: "wait", Sleep: "sleep", Rule: "rule", Blank: "blank",
	Help: "help", Quit: "quit",
}
