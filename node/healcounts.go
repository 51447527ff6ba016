package node

import (
	"time"

	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// healCounts makes the figures of healing out of events. The node's lock guards
// it.
type healCounts struct {
	stats HealStats
	// back is when the first sign of another side was seen after a partition was
	// suspected; zero: there is none.
	back time.Time
}

func newHealCounts(cfg *heal.Config) *healCounts {
	h := new(healCounts)
	s := &h.stats
	s.ProbesFailed = make(map[Reason]uint64)
	s.ReincarnationsFailed = make(map[Reason]uint64)
	s.MergesFailed = make(map[Reason]uint64)
	for _, histogram := range []*Histogram{&s.SuspectedToMerge, &s.SuspectedToWhole, &s.BackToWhole, &s.ProbeToMerge} {
		*histogram = newHistogram(secondsBounds)
	}
	s.TheirMembers = newHistogram(membersBounds)
	s.Reincarnating = newHistogram(membersBounds)
	switch {
	case cfg.Disabled:
	case cfg.Ringpop && cfg.RingpopProbability > 0:
		s.Now.ProbeSeconds = cfg.RingpopPeriod.Seconds() / cfg.RingpopProbability
	case !cfg.Ringpop:
		s.Now.ProbeSeconds = cfg.SlowInterval.Seconds()
	}
	return h
}

// observe counts what an event tells.
func (h *healCounts) observe(now time.Time, event Event) {
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
		s.Now.ProbeSeconds = e.Interval.Seconds()
	case heal.Attempt:
		s.Probes++
		if e.Again {
			s.ProbesAgain++
		}
	case heal.Failed:
		s.ProbesFailed[ReasonOf(e.Err)]++
	case heal.Reached:
		s.Reached++
		s.TheirMembers.add(float64(e.Theirs))
		h.sign(now)
	case heal.Reincarnating:
		h.reincarnating(&e)
	case heal.Merged:
		h.merged(now, &e)
	case heal.PartitionHealed:
		h.whole(now, &e)
	}
}

// members looks for signs of another side: somebody who was held faulty lives. As
// long as members turn faulty the network is not back.
func (h *healCounts) members(now time.Time, changes []swim.MemberChange) {
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

func (h *healCounts) sign(now time.Time) {
	if h.stats.Now.Suspected && h.back.IsZero() {
		h.back = now
	}
}

func (h *healCounts) reincarnating(e *heal.Reincarnating) {
	s := &h.stats
	s.Reincarnations++
	s.Reincarnating.add(float64(e.Ours + e.Theirs))
	s.MembersOurs += uint64(e.Ours)
	if e.Err != nil {
		s.ReincarnationsFailed[ReasonOf(e.Err)]++
		return
	}
	s.MembersTheirs += uint64(e.Theirs)
}

func (h *healCounts) merged(now time.Time, e *heal.Merged) {
	s := &h.stats
	if e.Err != nil {
		s.MergesFailed[ReasonOf(e.Err)]++
		return
	}
	s.Merges++
	s.ProbeToMerge.add(e.Took.Seconds())
	if s.Now.Suspected {
		s.SuspectedToMerge.add(now.Sub(s.Now.SuspectedAt).Seconds())
	}
}

func (h *healCounts) whole(now time.Time, e *heal.PartitionHealed) {
	s := &h.stats
	s.Whole++
	s.SuspectedToWhole.add(e.After.Seconds())
	if !h.back.IsZero() {
		s.BackToWhole.add(now.Sub(h.back).Seconds())
	}
	s.Now.Suspected, s.Now.SuspectedAt = false, time.Time{}
	h.back = time.Time{}
}

// transferred counts the bytes of a call of the healer's that was answered.
func (h *healCounts) transferred(call *Called) {
	if !call.Purpose.Heals() || call.Err != nil {
		return
	}
	out, in := &h.stats.Bytes.PingsOut, &h.stats.Bytes.PingsIn
	if call.Endpoint == wire.EndpointJoin {
		out, in = &h.stats.Bytes.JoinsOut, &h.stats.Bytes.JoinsIn
	}
	*out += uint64(call.Sent)
	*in += uint64(call.Received)
}
