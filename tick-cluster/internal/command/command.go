// Package command is what tick-cluster can be told to do, and how key presses
// tell it.
//
// A [Command] is a value that says nothing about where it came from: [Keys] makes
// them from key presses, and whatever else may come to give orders makes the same
// ones. The package does no I/O and imports the standard library only.
package command

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
	Kill             // Count nodes
	Suspend          // Count nodes
	Terminate        // Count nodes
	Revive           // all nodes that are down or suspended
	SetDebug         // Flag, on all nodes
	ClearDebug       // on all nodes
	Rule             // draw a line
	Blank            // print an empty line
	Help             // show the keys
	Quit             // stop all nodes and end
)

// MaxCount is the largest count that a command can have.
const MaxCount = 9999

// Command is one thing to do.
type Command struct {
	Verb  Verb
	Count int    // from 0 to MaxCount; of Kill, Suspend and Terminate only
	Flag  string // "p" or "h"; of SetDebug only
}
