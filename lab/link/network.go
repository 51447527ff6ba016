package link

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"time"
)

// Arrival is a packet at the end of its way.
type Arrival struct {
	To     int
	Packet []byte
	Due    time.Duration // when it was to arrive
}

// Network carries packets between hosts, which are numbered from 0. There is a link
// from each host to each other.
type Network struct {
	hosts int
	links []link // of a and b at a*hosts+b
	way   queue  // packets on their way
	sent  uint64

	cuts    map[string]cut
	changes map[string]change
}

// link is one direction between two hosts.
type link struct {
	profile Profile
	random  *rand.Rand

	busy time.Duration // until when the packets that wait are being sent
	last time.Duration // the latest arrival, which those behind do not overtake

	// What is in force now; see cut.go.
	cut    Kind
	change Change

	counts Counts
}

// New returns a network of links that deliver everything at once.
func New(hosts int, seed uint64) *Network {
	n := &Network{hosts: hosts, links: make([]link, hosts*hosts), cuts: map[string]cut{}, changes: map[string]change{}}
	for i := range n.links {
		// Each has a source of its own: what is sent on one does not change what is lost
		// on another.
		n.links[i].random = rand.New(rand.NewPCG(seed, uint64(i)))
	}
	return n
}

// Hosts returns how many hosts there are.
func (n *Network) Hosts() int { return n.hosts }

func (n *Network) link(from, to int) *link {
	if from < 0 || from >= n.hosts || to < 0 || to >= n.hosts {
		panic(fmt.Sprintf("link %d to %d of %d hosts", from, to, n.hosts))
	}
	return &n.links[from*n.hosts+to]
}

// SetProfile says what the link from one host to another is like, from now on.
func (n *Network) SetProfile(from, to int, p Profile) error {
	if err := p.Validate(); err != nil {
		return err
	}
	n.link(from, to).profile = p
	return nil
}

// Profile returns what the link is like, without what faults add.
func (n *Network) Profile(from, to int) Profile { return n.link(from, to).profile }

// Send puts a packet on the link from one host to another. The network keeps it.
func (n *Network) Send(now time.Duration, from, to int, packet []byte) {
	l := n.link(from, to)
	l.counts.Sent++
	switch l.cut {
	case Drop:
		l.counts.Cut++
		return
	case Reset:
		l.counts.Cut++
		if answer := resetFor(packet); answer != nil {
			l.counts.Refused++
			n.put(now, way{from: to, to: from, packet: answer, refusal: true})
		}
		return
	}
	if l.happens(l.profile.Loss) || l.happens(l.change.Loss) {
		l.counts.Lost++
		return
	}
	leaves, ok := l.leave(now, len(packet))
	if !ok {
		l.counts.Overflowed++
		return
	}
	n.put(l.arrival(leaves), way{began: now, from: from, to: to, packet: packet})
	if l.happens(l.profile.Duplicate) {
		l.counts.Duplicated++
		n.put(l.arrival(leaves), way{began: now, from: from, to: to, packet: packet})
	}
}

func (l *link) happens(chance float64) bool { return chance > 0 && l.random.Float64() < chance }

// leave returns when the last bit of a packet is on the link, or false when too many
// wait before it.
func (l *link) leave(now time.Duration, size int) (time.Duration, bool) {
	if l.profile.Rate == 0 {
		return now, true
	}
	limit := l.profile.Queue
	if limit == 0 {
		limit = DefaultQueue
	}
	takes := time.Duration(float64(size) * 8 / l.profile.Rate * float64(time.Second))
	// Packets of a stream are of about one size.
	if waiting := l.busy - now; takes > 0 && waiting > time.Duration(limit)*takes {
		return 0, false
	}
	l.busy = max(l.busy, now) + takes
	return l.busy, true
}

// arrival draws when a packet arrives that leaves now.
func (l *link) arrival(now time.Duration) time.Duration {
	delay := l.profile.Delay
	if l.profile.Jitter > 0 {
		delay += time.Duration(l.random.NormFloat64() * l.profile.Jitter * float64(delay))
	}
	if l.change.Delay > 0 {
		l.counts.Slowed++
	}
	at := now + max(0, delay) + l.change.Delay
	if l.happens(l.profile.Reorder) {
		l.counts.Reordered++
		return max(at, l.last) + max(l.profile.Delay/2, time.Millisecond)
	}
	l.last = max(at, l.last)
	return l.last
}

func (n *Network) put(at time.Duration, w way) {
	n.sent++
	w.at, w.number = at, n.sent
	heap.Push(&n.way, w)
}

// Next returns when the next packet arrives; false when none is on its way.
func (n *Network) Next() (time.Duration, bool) {
	if len(n.way) == 0 {
		return 0, false
	}
	return n.way[0].at, true
}

// Deliver returns the packets that have arrived by now, in order. A packet that is on
// a link when that is cut does not arrive.
func (n *Network) Deliver(now time.Duration, to []Arrival) []Arrival {
	for len(n.way) > 0 && n.way[0].at <= now {
		w := heap.Pop(&n.way).(way)
		if !w.refusal {
			l := n.link(w.from, w.to)
			if l.cut != "" {
				l.counts.Cut++
				continue
			}
			l.counts.Delivered++
			l.counts.Delayed += w.at - w.began
		}
		to = append(to, Arrival{To: w.to, Packet: w.packet, Due: w.at})
	}
	return to
}

// way is a packet on its way.
type way struct {
	at       time.Duration
	began    time.Duration
	number   uint64 // of those that arrive at one moment the first sent comes first
	from, to int
	packet   []byte
	refusal  bool // made by the network itself
}

type queue []way

func (q queue) Len() int      { return len(q) }
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q queue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].number < q[j].number
}
func (q *queue) Push(x any) { *q = append(*q, x.(way)) }
func (q *queue) Pop() any {
	last := len(*q) - 1
	w := (*q)[last]
	(*q)[last] = way{}
	*q = (*q)[:last]
	return w
}
