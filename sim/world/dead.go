package world

import (
	"maps"
	"slices"
	"time"
)

// deadConnection is the connection between two nodes, in either direction, after
// something was sent over it into a cut of [script.HowBackOff].
type deadConnection struct {
	since time.Duration // when it was sent
	until time.Duration // once the cut is over: when TCP sends it again
	// second is whether there is another connection since, which each call may use as well;
	// next, that the next call does.
	second, next bool
}

// isOver reports whether TCP has sent again after the cut.
func (d *deadConnection) isOver(now time.Duration) bool { return d.until != 0 && d.until <= now }

func pairOf(a, b *Node) [2]int32 {
	return [2]int32{min(a.Index, b.Index), max(a.Index, b.Index)}
}

// die records that something was sent into a cut.
func (w *World) die(c *Call) {
	pair := pairOf(c.From, c.To)
	if d := w.dead[pair]; d == nil || d.isOver(w.Now) {
		w.dead[pair] = &deadConnection{since: w.Now}
	}
}

// revive decides, at the end of a cut, when dead connections carry something again.
func (w *World) revive() {
	for _, pair := range slices.SortedFunc(maps.Keys(w.dead), comparePairs) {
		d := w.dead[pair]
		if d.isOver(w.Now) {
			delete(w.dead, pair)
			continue
		}
		d.until = w.resent(d.since)
	}
}

func comparePairs(a, b [2]int32) int { return slices.Compare(a[:], b[:]) }

// deadUntil returns when the connection of a call carries it, a time in the past if at once.
func (w *World) deadUntil(c *Call) time.Duration {
	d := w.dead[pairOf(c.From, c.To)]
	switch {
	case d == nil:
		return 0
	case d.next:
		d.next = false
		return 0
	case d.second && w.Net.rng.IntN(2) == 0:
		return 0
	}
	return d.until
}

// Reconnect makes a new connection between two nodes beside a dead one, which the next
// call from either uses, and later ones may. It does nothing when a cut is between them.
func (w *World) Reconnect(a, b *Node) {
	if w.Net.Blocked(a.Index, b.Index) != "" || w.Net.Blocked(b.Index, a.Index) != "" {
		return
	}
	if d := w.dead[pairOf(a, b)]; d != nil {
		d.second, d.next = true, true
	}
}
