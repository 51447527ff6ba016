package world

import (
	"math/rand/v2"
	"time"

	"github.com/ringmend/ringmend/sim/script"
)

// Network carries messages: late, twice, or not at all.
type Network struct {
	rng             *rand.Rand
	other           *rand.Rand    // for what resolvers say to each other
	Latency         time.Duration // the least that a message takes
	jitter          time.Duration // the mean of what comes on top
	loss, duplicate float64
	resend          float64 // how likely a message is to be lost and sent again
	cuts            []cut
	lags            []lag
}

// cut separates nodes from each other. Nodes that are in no part are reached by all
// others: they are the bridges of a partial cut.
type cut struct {
	part   []uint8 // of each node, 0 for none
	oneWay bool    // only from part 1 to part 2
	how    string
}

// lag is a slow link, in one direction.
type lag struct {
	part []uint8 // 1 for senders, 2 for receivers
	by   time.Duration
}

// apart does something with the random numbers for a call of a resolver: how the others
// fare must not depend on whether there are resolvers.
func (n *Network) apart(c *Call, do func()) {
	if !c.ofResolver() {
		do()
		return
	}
	n.rng, n.other = n.other, n.rng
	do()
	n.rng, n.other = n.other, n.rng
}

func parts(nodes int, sets []script.Set) []uint8 {
	part := make([]uint8, nodes)
	for p, set := range sets {
		for _, number := range set {
			part[number-1] = uint8(p + 1)
		}
	}
	return part
}

// Blocked returns how a message between two nodes is held up; empty if it is
// not.
func (n *Network) Blocked(from, to int32) string {
	for i := range n.cuts {
		if c := &n.cuts[i]; c.between(from, to) {
			return c.how
		}
	}
	return ""
}

// Side returns the part in which the sender of a message is that a cut holds up;
// 0 if none does.
func (n *Network) Side(from, to int32) uint8 {
	for i := range n.cuts {
		if c := &n.cuts[i]; c.between(from, to) {
			return c.part[from]
		}
	}
	return 0
}

// between reports whether a cut holds up messages between two nodes.
func (c *cut) between(from, to int32) bool {
	a, b := c.part[from], c.part[to]
	return c.oneWay && a == 1 && b == 2 || !c.oneWay && a != b && a != 0 && b != 0
}

// lost reports whether a message that is sent now gets lost.
func (n *Network) lost() bool { return n.loss > 0 && n.rng.Float64() < n.loss }

// twice reports whether a message that is sent now arrives twice.
func (n *Network) twice() bool { return n.duplicate > 0 && n.rng.Float64() < n.duplicate }

// delay returns how long a message takes. Each message draws its own, which lets
// messages overtake each other.
func (n *Network) delay(from, to int32) time.Duration {
	d := n.Latency
	if n.jitter > 0 {
		const worst = 20 // times the mean
		d += min(time.Duration(n.rng.ExpFloat64()*float64(n.jitter)), worst*n.jitter)
	}
	for wait := retransmission; wait < time.Minute && n.resend > 0 && n.rng.Float64() < n.resend; wait *= 2 {
		d += wait
	}
	for i := range n.lags {
		if n.lags[i].part[from] == 1 && n.lags[i].part[to] == 2 {
			d += n.lags[i].by
		}
	}
	return d
}

// retransmission is how long TCP waits at least before it sends a packet again;
// each further time takes twice as long.
const retransmission = 200 * time.Millisecond

// IsWhole reports whether all links are as they should be.
func (n *Network) IsWhole() bool { return len(n.cuts) == 0 && len(n.lags) == 0 }

// Loss returns the probability that a message is lost, or sent again.
func (n *Network) Loss() float64 { return max(n.loss, n.resend) }
