package world

import (
	"fmt"
	"strings"
	"time"
)

// The invariants that the world itself checks, because it cannot continue without them.
const (
	InvariantPanic    = "no-panic"
	InvariantDeadline = "deadline-moves"
	InvariantWire     = "wire-readable"
)

// Violation says which invariant did not hold, and what led to it.
type Violation struct {
	Invariant string
	Words     string // the invariant in words
	What      string // what was seen instead
	Seed      uint64
	Step      uint64 // events since the start of the run
	At        time.Duration
	Story     string // the last events of the nodes involved
}

// Error makes a violation an error.
func (v *Violation) Error() string {
	return fmt.Sprintf("%s is violated: %s", v.Invariant, v.What)
}

// Report tells everything about the violation in some lines of text.
func (v *Violation) Report() string {
	var b strings.Builder
	fmt.Fprintf(&b, "violated: %s: %s\n", v.Invariant, v.Words)
	fmt.Fprintf(&b, "seen:     %s\n", v.What)
	fmt.Fprintf(&b, "seed %d, step %d, at %v\n", v.Seed, v.Step, v.At)
	b.WriteString(v.Story)
	return b.String()
}

// Violate ends the run because an invariant does not hold. Only the first violation of a
// run counts. Its story is that of the nodes.
func (w *World) Violate(invariant string, nodes []*Node, format string, args ...any) {
	if w.Violation != nil {
		return
	}
	w.Violation = &Violation{
		Invariant: invariant, What: fmt.Sprintf(format, args...),
		Seed: w.Script.Seed, Step: w.Events, At: w.Now,
	}
	if w.story != nil {
		w.Violation.Story = w.story(nodes)
	}
	w.Stop()
}

// TellStories sets the function that returns the last events of nodes, for violations.
func (w *World) TellStories(story func([]*Node) string) { w.story = story }
