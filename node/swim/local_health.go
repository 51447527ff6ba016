package swim

import (
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
}

// worsen is for what shows that this node is slow: a period that begins late, a helper
// that is known to live and does not answer, a suspicion of this node itself.
func (h *localHealth) worsen() { h.score = min(h.score+1, h.max) }

// improve is for a ping that was answered soon.
func (h *localHealth) improve() { h.score = max(h.score-1, 0) }

// scale returns a time that is usual for a healthy node, for this one.
func (h *localHealth) scale(usual time.Duration) time.Duration {
	return usual * time.Duration(1+h.score)
}

// periodBegan is to be called when a protocol period begins, late by some time.
func (n *Node) periodBegan(late time.Duration) {
	if n.cfg.Detection.Adaptive && late > n.cfg.ProtocolPeriod/2 {
		n.health.worsen()
	}
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
