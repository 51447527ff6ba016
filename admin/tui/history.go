package tui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringmend/ringmend/admin"
)

const (
	// maxSamples is an hour of looks at one a second.
	maxSamples = 3600
	// maxEpisodes bounds the timeline of a screen that nobody closes.
	maxEpisodes = 500
)

// history is how the partitions of a cluster came and went.
type history struct {
	samples  []sample
	episodes []episode
}

// sample is what one look showed. A look that failed has no partitions.
type sample struct {
	at         time.Time
	partitions int
	condition  admin.Condition
}

// episode is a time during which looks showed the same condition and, unless a
// change was spreading, the same sides.
type episode struct {
	from, to time.Time // of its first look, and of the first one after it
	what     sample
	sides    string // the number of nodes in each partition
}

// add takes in what a look showed, and returns what that amounts to.
func (h *history) add(at time.Time, partitions []admin.Partition) admin.Condition {
	s := sample{at, len(partitions), admin.ConditionOf(partitions)}
	h.samples = append(h.samples, s)
	if len(h.samples) > maxSamples {
		h.samples = slices.Delete(h.samples, 0, len(h.samples)-maxSamples)
	}
	if n := len(h.episodes); n > 0 {
		last := &h.episodes[n-1]
		last.to = at
		if last.what.condition == s.condition && (s.condition == admin.Spreading || last.sides == sides(partitions)) {
			return s.condition
		}
	}
	h.episodes = append(h.episodes, episode{at, at, s, sides(partitions)})
	if len(h.episodes) > maxEpisodes {
		h.episodes = slices.Delete(h.episodes, 0, len(h.episodes)-maxEpisodes)
	}
	return s.condition
}

// sides returns the numbers of nodes of partitions, the first ones only when
// there are many.
func sides(partitions []admin.Partition) string {
	const most = 6
	var counts []string
	for _, p := range partitions[:min(len(partitions), most)] {
		counts = append(counts, strconv.Itoa(len(p.Nodes)))
	}
	if len(partitions) > most {
		counts = append(counts, "…")
	}
	return strings.Join(counts, " | ")
}

// strip returns the number of partitions over the past that ends now, a
// character for each of width parts of it: the largest number in that part, + for
// more than nine, ? for looks that failed, and a dot where nobody looked.
func (h *history) strip(now time.Time, past time.Duration, width int) line {
	parts := make([]*sample, width)
	begin := now.Add(-past)
	for i := range h.samples {
		s := &h.samples[i]
		part := int(s.at.Sub(begin) * time.Duration(width) / past)
		if s.at.Before(begin) || part > width {
			continue
		}
		part = min(part, width-1)
		if parts[part] == nil || s.condition > parts[part].condition || s.partitions > parts[part].partitions {
			parts[part] = s
		}
	}
	strip := make(line, 0, width)
	for _, s := range parts {
		strip = append(strip, stripCell(s))
	}
	return strip
}

func stripCell(s *sample) span {
	text := "+"
	switch {
	case s == nil:
		return span{"·", faint}
	case s.partitions == 0:
		return span{"?", warning}
	case s.partitions <= 9:
		text = strconv.Itoa(s.partitions)
	}
	return span{text, toneOfCondition(s.condition)}
}

func toneOfCondition(c admin.Condition) tone {
	switch c {
	case admin.Agreed:
		return good
	case admin.Split:
		return bad
	default:
		return warning
	}
}

// timeline returns the episodes as lines, the newest first.
func (h *history) timeline(now time.Time) []line {
	var lines []line
	for i := len(h.episodes) - 1; i >= 0; i-- {
		e := h.episodes[i]
		length := e.to.Sub(e.from).Round(time.Second).String()
		if i == len(h.episodes)-1 {
			length = now.Sub(e.from).Round(time.Second).String() + " so far"
		}
		lines = append(lines, line{
			{" " + e.from.Format(time.TimeOnly) + "  ", faint},
			{fmt.Sprintf("%-44s", h.describe(i)), toneOfCondition(e.what.condition)},
			{"  " + length, plain},
		})
	}
	return lines
}

// describe returns episode i in words. What ends a split is called a heal.
func (h *history) describe(i int) string {
	e := h.episodes[i]
	switch e.what.condition {
	case admin.Split:
		return fmt.Sprintf("SPLIT into %d (nodes: %s)", e.what.partitions, e.sides)
	case admin.Spreading:
		return "a change spreads"
	case admin.Unknown:
		return "no answer"
	}
	for j := i - 1; j >= 0; j-- {
		switch before := h.episodes[j]; before.what.condition {
		case admin.Split:
			return fmt.Sprintf("healed (nodes: %s), the split took %v", e.sides, e.from.Sub(h.splitBegan(j)).Round(time.Second))
		case admin.Agreed:
			return fmt.Sprintf("one partition (nodes: %s)", e.sides)
		}
	}
	return fmt.Sprintf("one partition (nodes: %s)", e.sides)
}

// splitBegan returns when the split began of which episode i is the last one. A
// split into three that becomes one into two is one split.
func (h *history) splitBegan(i int) time.Time {
	began := h.episodes[i].from
	for ; i >= 0 && h.episodes[i].what.condition != admin.Agreed; i-- {
		if h.episodes[i].what.condition == admin.Split {
			began = h.episodes[i].from
		}
	}
	return began
}
