package world

import (
	"time"

	"github.com/ringmend/ringmend/sim/internal/hash"
)

// A process on a busy machine runs only now and then. What comes meanwhile, and what is
// due, waits, and is done at once when it is the turn of the process. The time between two
// turns is drawn from a tenth of [Node.Busy] to all of it. It depends on nothing that
// happens: not on what the process is waiting for.

// waitsUntil returns until when a process has no processor, or is stopped; not later than
// now if it runs.
func (w *World) waitsUntil(n *Node, ofResolver bool) time.Duration {
	if n.Busy == 0 || ofResolver {
		return n.Stopped
	}
	for n.runsAt < w.Now {
		n.turns++
		least := n.Busy / 10
		draw := hash.Mix(hash.Mix(w.Script.Seed, n.Hash()), n.turns)
		wait := least + time.Duration(draw%uint64(n.Busy-least+1))
		n.runsAt += wait
		n.Stops++
		n.Stood += wait
	}
	return max(n.Stopped, n.runsAt)
}
