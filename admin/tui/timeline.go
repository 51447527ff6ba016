package tui

import (
	"fmt"
	"slices"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

const (
	// maxNames is how many members an event names.
	maxNames = 3
	// maxSizes is how many sides an event counts one by one.
	maxSizes = 4
)

// news is what became of some members.
type news struct {
	what  string
	names []string // of the first ones
	count int
}

// text names up to most of the members.
func (n *news) text(most int) string {
	named := n.names[:min(most, len(n.names))]
	return bounded(named, n.count, far) + " " + n.what
}

// turn is what a member went through from one episode to the next, those first
// that matter most.
type turn uint8

const (
	wasCutOff turn = iota
	wentFaulty
	wentSilent
	becameSuspect
	wentAway
	wasForgotten
	joined
	cameBack
	recovered

	numTurns
)

func (t turn) String() string {
	return [...]string{"cut off", "went faulty", "went silent", "became suspect", "left", "forgotten", "joined", "came back", "recovered"}[t]
}

// turnOf returns what a member went through. A split names the members that are cut
// off each time it changes; being on the side that happens to be the largest is not
// news.
func turnOf(before, now standing, condition admin.Condition) (t turn, is bool) {
	switch now {
	case apart:
		return wasCutOff, true
	case before:
		return 0, false
	case faulty:
		return wentFaulty, true
	case silent:
		return wentSilent, true
	case suspect:
		return becameSuspect, true
	case left:
		return wentAway, true
	case absent:
		return wasForgotten, true
	}
	switch before {
	case absent:
		return joined, true
	case apart:
		return cameBack, condition != admin.Split
	case suspect:
		return recovered, condition != admin.Split
	default:
		return cameBack, true
	}
}

// newsOf returns what became of members. At the first look, with nothing to compare
// to, that is only which are cut off.
func newsOf(before, now map[wire.Address]standing, condition admin.Condition, n naming) []news {
	var turned [numTurns][]wire.Address
	for member, standing := range now {
		if t, is := turnOf(before[member], standing, condition); is && (before != nil || t == wasCutOff) {
			turned[t] = append(turned[t], member)
		}
	}
	for member := range before {
		if _, still := now[member]; !still {
			turned[wasForgotten] = append(turned[wasForgotten], member)
		}
	}
	var all []news
	for t, members := range turned {
		if len(members) > 0 {
			slices.SortFunc(members, admin.CompareAddresses)
			all = append(all, news{turn(t).String(), n.first(members, maxNames), len(members)})
		}
	}
	return all
}

// timeline returns the episodes as lines, the latest first.
func (h *history) timeline(now time.Time, width int) []line {
	var lines []line
	for i := len(h.episodes) - 1; i >= 0; i-- {
		e := &h.episodes[i]
		end := e.to
		if i == len(h.episodes)-1 {
			end = now
		}
		l := line{
			{" " + e.from.Format(time.TimeOnly), faint},
			{fmt.Sprintf("%9v  ", end.Sub(e.from).Round(time.Second)), plain},
		}
		lines = append(lines, append(l, h.describe(i, width-l.width())...))
	}
	return lines
}

// describe returns episode i in words, with as much as fits into width: the names of
// members that went and came matter more than the counts.
func (h *history) describe(i, width int) line {
	e := &h.episodes[i]
	var l line
	for _, counts := range []string{e.counts, ""} {
		for names := maxNames * len(e.news); names >= 0; names-- {
			l = line{{h.headline(i, counts), e.tone}, {e.newsWith(names), plain}}
			if l.width() <= width && (names > 0 || counts == "" || len(e.news) == 0) {
				return l
			}
		}
	}
	return l
}

// newsWith returns the news of the episode with up to names members named, up to
// maxNames for each.
func (e *episode) newsWith(names int) string {
	text := ""
	for i := range e.news {
		text += "; " + e.news[i].text(min(names, maxNames))
		names = max(0, names-maxNames)
	}
	return text
}

// headline returns what episode i is, with counts of members where that is no
// news. What ends a split is called a heal.
func (h *history) headline(i int, counts string) string {
	e := &h.episodes[i]
	switch e.condition {
	case admin.Split:
		if e.sides > maxSizes {
			return fmt.Sprintf("SPLIT into %d", e.sides)
		}
		return "SPLIT into " + e.sizes
	case admin.Spreading:
		return "SPREADING"
	case admin.Unknown:
		return "no answer"
	}
	text := "AGREED"
	if split, ends := h.endsSplit(i); ends {
		text = fmt.Sprintf("HEALED after %v", e.from.Sub(h.splitBegan(split)).Round(time.Second))
	}
	if counts != "" {
		text += ": " + counts
	}
	return text
}

// endsSplit returns the last episode of the split that episode i ends, if it does.
func (h *history) endsSplit(i int) (split int, ends bool) {
	for j := i - 1; j >= 0; j-- {
		switch h.episodes[j].condition {
		case admin.Split:
			return j, true
		case admin.Agreed:
			return 0, false
		}
	}
	return 0, false
}

// splitBegan returns when the split that ends with episode i began. A split into
// three that becomes one into two is one split.
func (h *history) splitBegan(i int) time.Time {
	began := h.episodes[i].from
	for ; i >= 0 && h.episodes[i].condition != admin.Agreed; i-- {
		if h.episodes[i].condition == admin.Split {
			began = h.episodes[i].from
		}
	}
	return began
}
