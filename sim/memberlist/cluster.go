package memberlist

import (
	"container/heap"
	"math/rand/v2"
	"slices"
	"time"
)

// Cluster is nodes on one clock. Its zero value is not usable; see [New].
type Cluster struct {
	// Dead, if not nil, is called when a node comes to hold a member dead, and Declared when
	// it is the one that declares it so. Nodes and members are numbers from 0 on.
	Dead, Declared func(node, member int)

	cfg   Config
	rng   *rand.Rand
	now   time.Duration
	queue events
	last  uint64
	nodes []*node
}

// node is one process, and what it believes.
type node struct {
	*Cluster
	id        int
	up        bool
	stopped   time.Duration // until then
	members   []member
	order     []int // of probes
	next      int
	awareness int
	pending   []*broadcast
}

// member is what a node believes of one.
type member struct {
	state       state
	incarnation int
	since       time.Duration // of the state
	suspicion   *suspicion
}

type state uint8

const (
	alive state = iota
	suspect
	dead
)

// event is something that happens to a node. That it is stopped puts it off.
type event struct {
	at   time.Duration
	turn uint64 // which of two at the same time is first
	node *node
	do   func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].turn < e[j].turn
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	(*e)[last] = event{}
	*e = (*e)[:last]
	return x
}

// New returns a cluster in which all nodes know each other.
func New(nodes int, seed uint64, cfg Config) *Cluster {
	c := &Cluster{cfg: cfg, rng: rand.New(rand.NewPCG(seed, 0))}
	for i := range nodes {
		n := &node{Cluster: c, id: i, up: true, members: make([]member, nodes)}
		for j := range nodes {
			if j != i {
				n.order = append(n.order, j)
			}
		}
		n.shuffle()
		c.nodes = append(c.nodes, n)
		n.after(c.upTo(cfg.ProbeInterval), n.probe)
		n.after(c.upTo(cfg.GossipInterval), n.gossip)
	}
	return c
}

// Now returns the time since the start.
func (c *Cluster) Now() time.Duration { return c.now }

// Run lets everything happen until a time.
func (c *Cluster) Run(until time.Duration) {
	for len(c.queue) > 0 && c.queue[0].at <= until {
		e := heap.Pop(&c.queue).(event)
		c.now = e.at
		switch {
		case !e.node.up:
		case e.at < e.node.stopped:
			heap.Push(&c.queue, event{e.node.stopped, c.rng.Uint64(), e.node, e.do})
		default:
			e.do()
		}
	}
	c.now = until
}

// Crash ends a node for good. What is sent to it is lost.
func (c *Cluster) Crash(id int) { c.nodes[id].up = false }

// Pause stops a node for a while. What happens to it meanwhile happens to it then, in random
// order: when a process goes on, all its timers and all that was sent to it are there at once.
func (c *Cluster) Pause(id int, d time.Duration) { c.nodes[id].stopped = c.now + d }

func (c *Cluster) push(at time.Duration, n *node, do func()) {
	c.last++
	heap.Push(&c.queue, event{at, c.last, n, do})
}

// upTo draws a time shorter than d.
func (c *Cluster) upTo(d time.Duration) time.Duration {
	return time.Duration(c.rng.Int64N(int64(d)))
}

// after lets a node do something after a time.
func (n *node) after(d time.Duration, do func()) { n.push(n.now+d, n, do) }

// The times that a message takes, as in package sim/world: the least, and the mean of what
// comes on top.
const (
	latency = 300 * time.Microsecond
	jitter  = 200 * time.Microsecond
)

// send lets another node receive a message after the time that it takes, with the changes
// that are pending.
func (n *node) send(to int, receive func(*node)) {
	changes := n.piggyback()
	target := n.nodes[to]
	n.push(n.now+latency+min(time.Duration(n.rng.ExpFloat64()*float64(jitter)), 20*jitter), target, func() {
		for _, c := range changes {
			target.hear(c)
		}
		if receive != nil {
			receive(target)
		}
	})
}

func (n *node) shuffle() {
	n.rng.Shuffle(len(n.order), func(i, j int) { n.order[i], n.order[j] = n.order[j], n.order[i] })
}

// sample draws up to k other members for which good holds.
func (n *node) sample(k int, good func(id int) bool) (chosen []int) {
	for tries := 0; tries < 3*len(n.members) && len(chosen) < k; tries++ {
		id := n.rng.IntN(len(n.members))
		if id == n.id || !good(id) || slices.Contains(chosen, id) {
			continue
		}
		chosen = append(chosen, id)
	}
	return chosen
}
