package tui

import (
	"fmt"
	"strings"
	"time"

	"github.com/rivo/uniseg"

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
	asked   *progress // of a slow look; nil otherwise
	message string    // about the last key, if there is something to say
	alert   bool      // the message is about something that failed
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
	strip := append(line{{" Sides, last 5 min  ", plain}}, f.history.strip(f.now, stripPast, stripWidth)...)
	return []line{
		{{" " + f.title, strong}, {"   " + seen + rate, plain}},
		f.conclusion(),
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

// conclusion returns what the cluster is, in a line. Its first word has the colour
// of the worst that is counted after it.
func (f *frame) conclusion() line {
	if f.verdict == nil {
		return line{{" Asking for the first time…", plain}}
	}
	var what, how string
	switch f.verdict.Condition {
	case admin.Agreed:
		what = "AGREED"
	case admin.Spreading:
		what, how = "SPREADING", fmt.Sprintf(", %d views", f.verdict.Views)
	case admin.Split:
		what, how = "SPLIT", fmt.Sprintf(" into %d sides of %s nodes", len(f.verdict.Sides), render.Sizes(f.verdict.Sides))
	case admin.Unknown:
		what = "NO ANSWER"
	}
	conclusion := append(line{{" " + what, worst(f.verdict)}, {how + ": ", plain}}, counts(f.verdict)...)
	if f.failure == nil {
		return conclusion
	}
	age := f.now.Sub(f.last.at).Round(time.Second)
	text := render.Foreign(strings.ReplaceAll(f.failure.Error(), "\n", " "))
	return append(line{{fmt.Sprintf(" STALE %v old", age), warning}, {":", plain}}, append(conclusion, span{". " + text, warning})...)
}

// unreachableLine names the members that do not answer from here; empty without any.
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
		return []line{{{fmt.Sprintf(" %d unreachable, as expected: %s%s",
			len(heldDown), f.withReason(heldDown[0]), more(len(heldDown)-1)), faint}}}
	}
	return nil
}

func (f *frame) withReason(a wire.Address) string {
	return fmt.Sprintf("%s (%s)", f.naming.name(a), f.failed[a])
}

func alsoHeldDown(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d as expected", n)
}

// foot returns the last lines of every screen: the unreachable members, and the keys
// or what the last one did.
func (f *frame) foot(keys []string, width int) []line {
	last := []line{{{" " + fitting(keys, width-1), faint}}}
	if f.message != "" {
		tone := strong
		if f.alert {
			tone = bad
		}
		last = wrap(f.message, width-2, tone)
		if len(last) > maxMessage {
			last = append(last[:maxMessage-1], line{{" … :messages has all of it", faint}})
		}
	}
	return append(f.unreachableLine(), last...)
}

// maxMessage is how many lines a message takes at most.
const maxMessage = 4

// fitting returns as many of the texts as fit into width.
func fitting(texts []string, width int) string {
	for n := len(texts); n > 0; n-- {
		if all := strings.Join(texts[:n], "  "); uniseg.StringWidth(all) <= width {
			return all
		}
	}
	return ""
}

// ago returns how long ago something was, in few characters.
func ago(now, at time.Time) string {
	return now.Sub(at).Round(time.Second).String() + " ago"
}
