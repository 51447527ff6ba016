package node

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/ring"
)

// handover is guarded ownership: a key is accepted if this node owned it in every ring that it
// has held during the last Handover. A node that does not serve holds none. The former owner of
// a key stops at once when it has the same ring; a handover is for one that does not have it,
// and goes on until its own resolver stops it.
type handover struct {
	self string
	wait time.Duration // 0: off

	ring *ring.Ring // that is held; nil: none
	past []held     // is replaced, and never changed
	// took tells that the ring of the next follow differs by more than members that have
	// left of their own accord, and so have stopped.
	took bool
}

// held is what the node held until some time ago.
type held struct {
	keys  ring.Ranges
	until time.Duration // it counts, as an age of the node
}

// mostHeld bounds what is remembered. When more rings than that come within a Handover, some
// are taken together: what is in all of them.
const mostHeld = 32

// follow takes in which ring is held from now on; nil: none.
func (h *handover) follow(now time.Duration, r *ring.Ring) {
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

// release ends the handover of all keys: all others have the same ring by now, whoever owned
// a key before.
func (h *handover) release() { h.past = nil }

// push remembers what is held up to now.
func (h *handover) push(now time.Duration) {
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
