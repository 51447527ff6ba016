package tui

import (
	"fmt"
	"strings"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

const (
	// stripPast and stripWidth make a character of the strip ten seconds.
	stripPast  = 5 * time.Minute
	stripWidth = 30
)

// frame is what is needed to draw a screen once.
type frame struct {
	*model
	title   string // the program, and where it looks
	now     time.Time
	every   time.Duration
	paused  bool
	looking bool
	asked   *progress // of a look that takes long; nil for others
	message string    // about the last key, if there is something to say
}

// head returns the lines at the top of every screen: what is watched and how
// fresh it is, what the cluster is, and how it came to be.
func (f *frame) head() []line {
	rate := fmt.Sprintf("every %v", f.every)
	if f.paused {
		rate = "PAUSED"
	}
	switch {
	case f.asked != nil:
		rate += fmt.Sprintf(", asked %d of %d", f.asked.asked, f.asked.known)
	case f.looking:
		rate += ", looking…"
	}
	seen := ""
	if !f.last.at.IsZero() {
		seen = fmt.Sprintf("seen at %s in %v, ", f.last.at.Format(time.TimeOnly), f.last.took.Round(time.Millisecond))
	}
	strip := append(line{{" Partitions, last 5 min  ", plain}}, f.history.strip(f.now, stripPast, stripWidth)...)
	return []line{
		{{" " + f.title, strong}, {"   " + seen + rate, plain}},
		f.verdict(),
		append(strip, f.current()...),
	}
}

// current returns what the strip ends in. Its last character is the worst of ten
// seconds, in which the cluster may have healed.
func (f *frame) current() line {
	if len(f.history.samples) == 0 {
		return line{{"  now", faint}}
	}
	return line{{"  now ", faint}, stripCell(&f.history.samples[len(f.history.samples)-1])}
}

// verdict returns what the cluster is, in a line.
func (f *frame) verdict() line {
	var verdict line
	switch f.condition {
	case admin.Unknown:
		return line{{" Asking for the first time…", plain}}
	case admin.Agreed:
		verdict = f.agreement()
	case admin.Spreading:
		verdict = line{{" SPREADING", warning}, {fmt.Sprintf(": a change is on its way, %d views", len(f.partitions)), plain}}
	case admin.Split:
		verdict = line{{" SPLIT", bad}, {fmt.Sprintf(" into %d partitions of %s nodes", len(f.partitions), sides(f.partitions)), plain}}
	}
	if f.failure == nil {
		return verdict
	}
	age := f.now.Sub(f.last.at).Round(time.Second)
	text := render.Foreign(strings.ReplaceAll(f.failure.Error(), "\n", " "))
	return append(line{{fmt.Sprintf(" STALE %v old", age), warning}, {":", plain}}, append(verdict, span{". " + text, warning})...)
}

// agreement is the verdict on one partition: good news unless nodes are missing
// from it that it holds up.
func (f *frame) agreement() line {
	nodes := fmt.Sprintf(": one partition of %d nodes", len(f.partitions[0].Nodes))
	if missing, _ := f.unreachable(); len(missing) > 0 {
		return line{{" AGREED, AS FAR AS SEEN", warning}, {fmt.Sprintf("%s, %d more do not answer", nodes, len(missing)), plain}}
	}
	return line{{" AGREED", good}, {nodes, plain}}
}

// unreachableLine returns who does not answer from here, or nothing.
func (f *frame) unreachableLine() []line {
	expected, heldDown := f.unreachable()
	switch {
	case len(expected) > 0:
		return []line{{
			{fmt.Sprintf(" %d unreachable from here", len(expected)), bad},
			{": " + f.withReason(expected[0]) + more(len(expected)-1), plain},
			{alsoHeldDown(len(heldDown)), faint},
		}}
	case len(heldDown) > 0:
		return []line{{{fmt.Sprintf(" %d unreachable, as the cluster expects: %s%s",
			len(heldDown), f.withReason(heldDown[0]), more(len(heldDown)-1)), faint}}}
	}
	return nil
}

func (f *frame) withReason(a wire.Address) string {
	return fmt.Sprintf("%s (%s)", a, f.failed[a])
}

func more(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" and %d more", n)
}

func alsoHeldDown(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d held down", n)
}

// foot returns the last lines of every screen: who is unreachable, and the keys
// or what the last one did.
func (f *frame) foot(keys string) []line {
	last := line{{" " + keys, faint}}
	if f.message != "" {
		last = line{{" " + f.message, strong}}
	}
	return append(f.unreachableLine(), last)
}

// ago returns how long ago something was, in few characters.
func ago(now, at time.Time) string {
	return now.Sub(at).Round(time.Second).String() + " ago"
}
