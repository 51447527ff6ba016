package swim

import (
	"errors"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// localHealth is a node's opinion of itself: 0 while it keeps up, and higher the less it does
// (the local health multiplier, section IV-A of Lifeguard). A node that is starved of
// processor time takes live members for silent ones, since it reads their answers late, so
// it waits longer. (Lifeguard also makes it probe less often; here that would slow down
// gossip, which rides on the probes.)
//
// Invariant: 0 <= score <= max.
type localHealth struct {
	score, max int
	wasLate    time.Time // when a period last began late
}

// worsen is for what shows that this node is slow: a helper that is known to live and does
// not answer, a suspicion of this node itself.
func (h *localHealth) worsen() { h.late(1) }

// late is for periods that have begun late by so many periods. A node that is starved learns
// it by the first one, before it has taken live members for silent ones.
func (h *localHealth) late(periods int) { h.score = min(h.score+periods, h.max) }

// improve is for a ping that was answered soon.
func (h *localHealth) improve() { h.score = max(h.score-1, 0) }

// scale returns a time that is usual for a healthy node, for this one.
func (h *localHealth) scale(usual time.Duration) time.Duration {
	return usual * time.Duration(1+h.score)
}

// tooLate is how late this node may do what is due and still count as keeping up.
func (n *Node) tooLate() time.Duration { return n.cfg.ProtocolPeriod / 2 }

// periodBegan is to be called when a protocol period begins, late by some time.
func (n *Node) periodBegan(late time.Duration) {
	if n.cfg.Detection.Adaptive && late > n.tooLate() {
		n.health.wasLate = n.now
		n.health.late(int(late.Round(n.cfg.ProtocolPeriod) / n.cfg.ProtocolPeriod))
	}
}

// isToBlame reports whether a call has failed by the fault of this node. It could not make it,
// or learns too late that its time is over: it had no processor meanwhile, and the answer may
// be there and not have been read.
func (n *Node) isToBlame(err error, sent time.Time, timeout time.Duration) bool {
	if err == nil || !n.cfg.Detection.Adaptive {
		return false
	}
	return errors.Is(err, ErrStarved) || n.now.Sub(sent) > timeout+n.tooLate()
}

// starvedFor is for how many periods a late one counts.
const starvedFor = 10

// isStarved reports whether this node is so far behind that a call which has failed says more
// about itself than about the other one. The score alone does not say so: where no node answers,
// nothing improves it, and a node that is cut off would excuse the others for long.
func (n *Node) isStarved() bool {
	h := &n.health
	return n.cfg.Detection.Adaptive && h.score > h.max/2 && n.now.Sub(h.wasLate) <= starvedFor*n.cfg.ProtocolPeriod
}

// pingTook is to be called when a ping was answered.
func (n *Node) pingTook(took time.Duration) {
	n.failing.answered()
	n.period.rtts.add(took)
	if took <= n.cfg.Detection.PingTimeout/2 {
		n.health.improve()
	}
}

// helperSilent is to be called when a helper has not answered a ping-req that was sent at
// a time. One that has been heard from since is alive, so this node is the slow one.
func (n *Node) helperSilent(helper wire.Address, sent time.Time) {
	if n.cfg.Detection.Adaptive && n.contacts.since(helper, sent) {
		n.health.worsen()
	}
}
