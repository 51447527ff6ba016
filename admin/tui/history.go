package tui

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

const (
	// maxSamples is an hour of looks at one a second.
	maxSamples = 3600
	// maxEpisodes bounds the timeline of a screen that is left open.
	maxEpisodes = 500
)

// history is how the sides of a cluster came and went, and its members with them.
type history struct {
	samples  []sample
	episodes []episode
	// standings are those that the last good look showed, before those that the last
	// episode is compared with, and split those during the split that is not healed.
	standings, before, split map[wire.Address]standing
}

// sample is what one look showed. A look that failed has no sides.
type sample struct {
	at    time.Time
	sides int
	tone  tone
}

// episode is a time during which looks showed the same: a condition, sides of the
// same sizes and, unless a change was spreading, all members standing as they did.
type episode struct {
	from, to  time.Time // of its first look, and of the first one after it
	condition admin.Condition
	sides     int
	sizes     string // of the sides
	counts    string // of members
	tone      tone
	news      []news // since the episode before
}

// missed records a look that failed.
func (h *history) missed(at time.Time) {
	h.sample(sample{at: at, tone: warning})
	if !h.goesOn(at, episode{}) {
		h.begin(at, episode{tone: warning})
	}
}

// saw records what a look showed.
func (h *history) saw(at time.Time, v *admin.Verdict, standings map[wire.Address]standing, n naming) {
	now := episode{
		condition: v.Condition, sides: len(v.Sides), sizes: render.Sizes(v.Sides), counts: counts(v).String(), tone: worst(v),
	}
	h.sample(sample{at, max(1, now.sides), now.tone})
	same := maps.Equal(h.standings, standings)
	switch {
	case !h.goesOn(at, now) || !same && now.condition != admin.Spreading:
		h.before = h.standings
		if now.condition == admin.Agreed && h.split != nil {
			h.before = h.split // whatever spread since
		}
		h.begin(at, now)
	case same:
		return
	}
	last := &h.episodes[len(h.episodes)-1]
	last.tone = max(last.tone, now.tone)
	last.news = newsOf(h.before, standings, now.condition, n)
	h.standings = standings
	switch now.condition {
	case admin.Split:
		h.split = stillApart(h.split, standings)
	case admin.Agreed:
		h.split = nil
	}
}

// stillApart returns the standings during a split. Members that were apart before
// stay so until it is healed: its sides may join one after the other.
func stillApart(before, now map[wire.Address]standing) map[wire.Address]standing {
	all := maps.Clone(now)
	for member, standing := range now {
		if before[member] == apart && (standing == up || standing == suspect) {
			all[member] = apart
		}
	}
	return all
}

func (h *history) sample(s sample) {
	h.samples = append(h.samples, s)
	if len(h.samples) > maxSamples {
		h.samples = slices.Delete(h.samples, 0, len(h.samples)-maxSamples)
	}
}

// goesOn reports whether the last episode may be the one now, and ends it there
// for the time being.
func (h *history) goesOn(at time.Time, now episode) bool {
	if len(h.episodes) == 0 {
		return false
	}
	last := &h.episodes[len(h.episodes)-1]
	last.to = at
	return last.condition == now.condition && (now.condition == admin.Spreading || last.sizes == now.sizes)
}

func (h *history) begin(at time.Time, e episode) {
	e.from, e.to = at, at
	h.episodes = append(h.episodes, e)
	if len(h.episodes) > maxEpisodes {
		h.episodes = slices.Delete(h.episodes, 0, len(h.episodes)-maxEpisodes)
	}
}

// strip returns the number of sides over the past that ends now, a character for
// each of width parts of it: the largest number in that part, + for more than
// nine, ? for looks that failed, and a dot where there was no look.
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
		if most := parts[part]; most == nil || s.sides > most.sides || s.sides == most.sides && s.tone > most.tone {
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
	case s.sides == 0:
		text = "?"
	case s.sides <= 9:
		text = strconv.Itoa(s.sides)
	}
	return span{text, s.tone}
}
