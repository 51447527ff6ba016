package stats

import (
	"maps"
	"time"

	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Heal makes the figures of healing out of events. It is not safe for concurrent use.
type Heal struct {
	stats wire.HealStats
	// back is when the first sign of another side was seen after a partition was
	// suspected; zero: there is none.
	back time.Time
}

// NewHeal returns figures that count from now on.
func NewHeal(cfg *heal.Config) *Heal {
	h := new(Heal)
	s := &h.stats
	s.AttemptsFailed = make(map[wire.Reason]uint64)
	s.ReincarnationsFailed = make(map[wire.Reason]uint64)
	s.MergesFailed = make(map[wire.Reason]uint64)
	for _, histogram := range []*wire.Histogram{&s.SuspectedToMerge, &s.SuspectedToWhole, &s.BackToWhole, &s.AttemptToMerge} {
		*histogram = newHistogram(secondsBounds)
	}
	s.TheirMembers = newHistogram(membersBounds)
	s.Reincarnating = newHistogram(membersBounds)
	switch {
	case cfg.Disabled:
	case cfg.Ringpop && cfg.RingpopProbability > 0:
		s.Now.AttemptSeconds = cfg.RingpopPeriod.Seconds() / cfg.RingpopProbability
	case !cfg.Ringpop:
		s.Now.AttemptSeconds = cfg.SlowInterval.Seconds()
	}
	return h
}

// Observe counts what an event tells.
func (h *Heal) Observe(now time.Time, event swim.Event) {
	s := &h.stats
	switch e := event.(type) {
	case swim.MembersChanged:
		h.members(now, e.Changes)
	case heal.PartitionSuspected:
		s.Suspected++
		s.Now.Suspected, s.Now.SuspectedAt = true, now
		h.back = time.Time{}
	case swim.DeadMemberHeard:
		s.Found++
	case heal.PaceChanged:
		s.Now.AttemptSeconds = e.Interval.Seconds()
	case heal.Attempt:
		s.Attempts++
		if e.Again {
			s.AttemptsAgain++
		}
	case heal.Failed:
		s.AttemptsFailed[ReasonOf(e.Err)]++
	case heal.Reached:
		s.Reached++
		add(&s.TheirMembers, float64(e.Theirs))
		h.sign(now)
	case heal.Reincarnating:
		h.reincarnating(&e)
	case heal.Merged:
		h.merged(now, &e)
	case heal.PartitionHealed:
		h.whole(now, &e)
	}
}

// members looks for signs of another side: a member that was held faulty is alive. As
// long as members turn faulty the network is not back.
func (h *Heal) members(now time.Time, changes []swim.MemberChange) {
	for _, c := range changes {
		if c.Before == nil || c.After == nil {
			continue
		}
		switch {
		case c.Before.Status == wire.Faulty && c.After.Status.Pingable():
			h.sign(now)
		case c.Before.Status.Pingable() && c.After.Status == wire.Faulty:
			h.back = time.Time{}
		}
	}
}

func (h *Heal) sign(now time.Time) {
	if h.stats.Now.Suspected && h.back.IsZero() {
		h.back = now
	}
}

func (h *Heal) reincarnating(e *heal.Reincarnating) {
	s := &h.stats
	s.Reincarnations++
	add(&s.Reincarnating, float64(e.Ours+e.Theirs))
	s.MembersOurs += uint64(e.Ours)
	if e.Err != nil {
		s.ReincarnationsFailed[ReasonOf(e.Err)]++
		return
	}
	s.MembersTheirs += uint64(e.Theirs)
}

func (h *Heal) merged(now time.Time, e *heal.Merged) {
	s := &h.stats
	if e.Err != nil {
		s.MergesFailed[ReasonOf(e.Err)]++
		return
	}
	s.Merges++
	add(&s.AttemptToMerge, e.Took.Seconds())
	if s.Now.Suspected {
		add(&s.SuspectedToMerge, now.Sub(s.Now.SuspectedAt).Seconds())
	}
}

func (h *Heal) whole(now time.Time, e *heal.PartitionHealed) {
	s := &h.stats
	s.Whole++
	add(&s.SuspectedToWhole, e.After.Seconds())
	if !h.back.IsZero() {
		add(&s.BackToWhole, now.Sub(h.back).Seconds())
	}
	s.Now.Suspected, s.Now.SuspectedAt = false, time.Time{}
	h.back = time.Time{}
}

// Transferred counts the bytes of the bodies of a call that was answered, if it was the
// healer's.
func (h *Heal) Transferred(why swim.Purpose, endpoint string, sent, received int) {
	if !why.Heals() {
		return
	}
	out, in := &h.stats.Bytes.PingsOut, &h.stats.Bytes.PingsIn
	if endpoint == wire.EndpointJoin {
		out, in = &h.stats.Bytes.JoinsOut, &h.stats.Bytes.JoinsIn
	}
	*out += uint64(sent)
	*in += uint64(received)
}

// Suspected reports whether a partition is suspected, and since when.
func (h *Heal) Suspected() (since time.Time, suspected bool) {
	return h.stats.Now.SuspectedAt, h.stats.Now.Suspected
}

// Snapshot returns a copy that does not change any more.
func (h *Heal) Snapshot() *wire.HealStats {
	s := h.stats
	for _, counts := range []*map[wire.Reason]uint64{&s.AttemptsFailed, &s.ReincarnationsFailed, &s.MergesFailed} {
		*counts = maps.Clone(*counts)
	}
	for _, histogram := range []*wire.Histogram{
		&s.SuspectedToMerge, &s.SuspectedToWhole, &s.BackToWhole, &s.AttemptToMerge, &s.TheirMembers, &s.Reincarnating,
	} {
		*histogram = clone(histogram)
	}
	return &s
}
