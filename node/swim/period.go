package swim

import (
	"math/rand/v2"
	"slices"
	"time"
)

// period says when probes begin: one in each protocol period, which grows when members
// take long to answer.
type period struct {
	least  time.Duration // see [Config.ProtocolPeriod]
	next   time.Time     // when the next one begins
	paused bool          // none begins on its own
	rtts   rttWindow
}

func newPeriod(least time.Duration) period {
	return period{least: least, rtts: rttWindow{slow: least / 2}}
}

// shortPeriod is how many times shorter the period is while most pings fail: many members
// may be gone, and few left to find out which. [Config.MaxProbes] bounds what that costs.
const shortPeriod = 10

// length returns the time between two probes: twice the median of the last answers, but no
// less than the configured one. Once the very last ones come quickly again it is short at
// once: at the pace of the long periods it would take a minute until most were.
func (p *period) length() time.Duration {
	if !p.rtts.slowMedian() {
		return p.least
	}
	return max(p.least, 2*min(p.rtts.median(), p.rtts.longestOf(latestAnswers)))
}

// latestAnswers is how many quick answers in a row end long periods.
const latestAnswers = 3

// begin draws when the first period begins: nodes that start together must not ping in
// step.
func (p *period) begin(now time.Time, rng *rand.Rand) {
	p.next = now.Add(time.Duration(rng.Int64N(int64(p.least))))
}

// due reports whether a period begins now, and says when the next one does.
func (p *period) due(now time.Time) bool {
	if now.Before(p.next) {
		return false
	}
	p.next = now.Add(p.length())
	return true
}

// noLaterThan brings the next period forward.
func (p *period) noLaterThan(at time.Time) {
	if at.Before(p.next) {
		p.next = at
	}
}

func (p *period) pause() { p.paused = true }

// resume lets the periods go on. If they were paused the next one begins at once.
func (p *period) resume(now time.Time) {
	if p.paused {
		p.next = now
	}
	p.paused = false
}

// rttWindow remembers how long the last pings took that were answered.
type rttWindow struct {
	ring  [32]time.Duration
	count int // ever added

	slow  time.Duration
	above int // how many in ring are longer than slow: the median need not be computed each time
}

func (w *rttWindow) add(t time.Duration) {
	place := &w.ring[w.count%len(w.ring)]
	if t > w.slow {
		w.above++
	}
	if *place > w.slow {
		w.above--
	}
	*place = t
	w.count++
}

// slowMedian reports whether the median is longer than slow.
func (w *rttWindow) slowMedian() bool {
	n := min(w.count, len(w.ring))
	return w.above >= n-n/2 && n > 0
}

// list returns the durations, oldest first.
func (w *rttWindow) list() []time.Duration {
	if w.count <= len(w.ring) {
		return slices.Clone(w.ring[:w.count])
	}
	oldest := w.count % len(w.ring)
	return slices.Concat(w.ring[oldest:], w.ring[:oldest])
}

// longest returns how long the slowest of the last pings took.
func (w *rttWindow) longest() time.Duration { return slices.Max(w.ring[:]) }

// longestOf returns how long the slowest of the last k pings took.
func (w *rttWindow) longestOf(k int) (longest time.Duration) {
	for i := range min(k, w.count) {
		longest = max(longest, w.ring[(w.count-1-i)%len(w.ring)])
	}
	return longest
}

func (w *rttWindow) median() time.Duration {
	sorted := w.ring
	n := min(w.count, len(sorted))
	if n == 0 {
		return 0
	}
	slices.Sort(sorted[:n])
	return sorted[n/2]
}

// gossiping reports whether protocol periods run.
func (n *Node) gossiping() bool { return n.ready && !n.period.paused && !n.evicted }

// SetGossip pauses the protocol periods, or lets them go on. Timers of suspects
// run all the same, and requests are answered.
func (n *Node) SetGossip(on bool) {
	if on {
		n.period.resume(n.now)
	} else {
		n.period.pause()
	}
}

// Gossiping reports whether the protocol periods are not paused.
func (n *Node) Gossiping() bool { return !n.period.paused }

// Period returns the time between two probes.
func (n *Node) Period() time.Duration { return n.period.length() }

// Durations returns how long the last direct pings took, oldest first.
func (n *Node) Durations() []time.Duration { return n.period.rtts.list() }

func (n *Node) periodDue() {
	late := n.now.Sub(n.period.next)
	if n.gossiping() && n.period.due(n.now) {
		n.periodBegan(late)
		if n.settling.next() {
			n.period.noLaterThan(n.now.Add(n.shortPause()))
		}
		n.checkIsolation()
		n.reapLongestDead()
		if p := n.startProbe(); p != nil && n.holdsAlive(p) {
			n.probeSooner()
		}
	}
}
