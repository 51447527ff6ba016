package handover

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/ring"
)

// Guard is guarded ownership: a key is accepted if this node owned it in every ring that it
// has held during the last Handover. A node that does not serve holds none. The former owner of
// a key stops at once when it has the same ring; a handover is for one that does not have it,
// and goes on until its own resolver stops it.
type Guard struct {
	self string
	wait time.Duration // 0: off

	ring *ring.Ring // that is held; nil: none
	past Past
	took bool
}

// New returns the guard of a server that holds no ring. Without a wait it does nothing.
func New(self string, wait time.Duration) *Guard { return &Guard{self: self, wait: wait} }

// Past is what was held during the last Handover, the oldest first. It is never modified; what
// is in it expires.
type Past []held

// held is what the node held until some time ago.
type held struct {
	keys  ring.Ranges
	until time.Duration // it counts, as an age of the node
}

// mostHeld bounds what is remembered. When more rings than that come within a Handover, some
// are taken together: what is in all of them.
const mostHeld = 32

// Took says that the ring of the next Follow differs by more than members that have left of
// their own accord, and so have stopped.
func (h *Guard) Took() { h.took = true }

// Follow records which ring is held from now on; nil means none. Times are since the start of
// the node.
func (h *Guard) Follow(now time.Duration, r *ring.Ring) {
	if h.wait == 0 {
		return
	}
	if r != h.ring {
		if h.took || r == nil || h.ring == nil {
			h.push(now)
		}
		h.ring = r
	}
	h.took = false
	over := 0
	for over < len(h.past) && now >= h.past[over].until {
		over++
	}
	h.past = h.past[over:]
}

// Past returns what was held.
func (h *Guard) Past() Past { return h.past }

// Release ends the handover of all keys: by now all other members have the same ring,
// including the former owners.
func (h *Guard) Release() { h.past = nil }

// Holds reports whether a key was held all the time. It does not allocate.
func (p Past) Holds(now time.Duration, key string) bool {
	for i := range p {
		if now < p[i].until && !p[i].keys.Has(key) {
			return false
		}
	}
	return true
}

// Same reports whether two values are one and the same. It does not compare their keys.
func (p Past) Same(other Past) bool {
	return len(p) == len(other) && (len(p) == 0 || &p[0] == &other[0])
}

// push remembers what is held up to now.
func (h *Guard) push(now time.Duration) {
	last := held{until: now + h.wait}
	if h.ring != nil {
		last.keys = h.ring.Ranges(h.self)
	}
	past := append(slices.Clone(h.past), last)
	if len(past) > mostHeld {
		// The two that end closest to each other.
		at := 0
		for i := range len(past) - 1 {
			if past[i+1].until-past[i].until < past[at+1].until-past[at].until {
				at = i
			}
		}
		past[at+1].keys = past[at].keys.And(past[at+1].keys)
		past = slices.Delete(past, at, at+1)
	}
	h.past = past
}
