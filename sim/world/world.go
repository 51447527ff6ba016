package world

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/evict"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/script"
)

// World is a cluster that runs: its nodes, their network and what is going to happen.
type World struct {
	// Script says what happens.
	Script *script.Script
	// Rules are the settings of a node without peculiarities.
	Rules core.Config
	// Nodes are all nodes, also those that are down. Node number i has index i - 1.
	Nodes []*Node
	// Net carries their messages.
	Net Network
	// Now is the time since the start of the run.
	Now time.Duration
	// LateUntil is when the last request arrives that a cut has kept.
	LateUntil time.Duration
	// Events is how many events there have been.
	Events uint64
	// Words are the last words of operators about members.
	Words evict.List
	// Violation is the first invariant that did not hold; nil: all have.
	Violation *Violation

	observers []Observer
	tamper    Tamper
	configure func(*Node, *core.Config)
	story     func([]*Node) string
	queue     queue
	over      bool
	byAddress map[wire.Address]*Node
	hosts     []wire.Address // that discovery lists
	warm      []wire.Change  // the membership that a warm start begins with
	shared    map[swim.Flavour]*swim.Shared
	timers    map[int32]func()
	lastTimer int32
	freeCalls []*Call // that are over
	stalled   []stalled
	store     store
	kept      map[[2]int32]int // of those, how many from one node to another
	dead      map[[2]int32]*deadConnection
	current   *Node // whose core runs
}

// New returns a world in which nothing has happened yet.
func New(s *script.Script) *World {
	w := &World{
		Script:    s,
		byAddress: make(map[wire.Address]*Node, s.Nodes),
		kept:      make(map[[2]int32]int),
		dead:      make(map[[2]int32]*deadConnection),
		timers:    make(map[int32]func()),
		shared:    make(map[swim.Flavour]*swim.Shared),
	}
	w.Net = Network{
		rng: w.stream(1), other: w.stream(6), Latency: s.Latency, jitter: s.Jitter, loss: s.Loss, duplicate: s.Duplicate,
	}
	for i := range s.Nodes {
		n := &Node{Index: int32(i), Address: Address(i)}
		w.Nodes = append(w.Nodes, n)
		w.byAddress[n.Address] = n
		w.hosts = append(w.hosts, n.Address)
	}
	if s.Skew > 0 {
		rng := w.stream(4)
		for _, n := range w.Nodes {
			n.ahead = time.Duration(rng.Int64N(int64(s.Skew))).Round(time.Millisecond)
		}
	}
	w.Rules = w.regular(w.Nodes[0])
	if s.Hosts > 0 {
		w.hosts = w.hosts[:s.Hosts]
	}
	slices.Sort(w.hosts) // once, for all nodes
	return w
}

// storage returns what all nodes of a flavour share; nil: each has its own.
func (w *World) storage(f swim.Flavour) *swim.Shared {
	if !w.Script.SharesTables() {
		return nil
	}
	if w.shared[f] == nil {
		addresses := make([]wire.Address, len(w.Nodes))
		for i, n := range w.Nodes {
			addresses[i] = n.Address
		}
		w.shared[f] = swim.NewShared(f, addresses...)
	}
	return w.shared[f]
}

// stream returns a random source for one purpose. Purposes do not share one, because more
// draws for one thing would change all others.
func (w *World) stream(purpose uint64) *rand.Rand {
	return rand.New(rand.NewPCG(w.Script.Seed, purpose))
}

// Begin puts the starts of the nodes, the samples and the steps of the script into the
// queue.
func (w *World) Begin() {
	rng := w.stream(2)
	s := w.Script
	if s.Warm {
		w.warmUp()
	}
	for i, n := range w.Nodes[:s.Start] {
		at := time.Duration(0)
		if s.Spread > 0 && !s.Warm {
			at = time.Duration(rng.Int64N(int64(s.Spread)))
		}
		w.queue.push(event{at: at, kind: step, node: int32(-1 - i)})
		n.wakeAt = never
	}
	for i := range s.Steps {
		w.queue.push(event{at: s.Steps[i].At, kind: step, node: int32(i)})
	}
	w.queue.push(event{at: sampleEvery(s.Nodes), kind: sample})
}

// RunUntil handles all events up to a time, or until [World.Stop].
func (w *World) RunUntil(end time.Duration) {
	for w.queue.len() > 0 && !w.over {
		e := w.queue.pop()
		if e.at > end {
			w.queue.push(e)
			w.Now = end
			break
		}
		w.Now = e.at
		w.Events++
		w.happen(&e)
	}
}

// Stop ends the run with the event that is being handled.
func (w *World) Stop() { w.over = true }

// Current returns the node whose core was the last to run; nil: none has.
func (w *World) Current() *Node { return w.current }

// happen handles an event.
func (w *World) happen(e *event) {
	switch e.kind {
	case wake:
		w.wakeUp(e)
	case arrive:
		w.arrived(e)
	case comeBack:
		w.cameBack(e)
	case synRetry:
		w.synRetried(e.call)
	case expire:
		w.expired(e.call)
	case hosts:
		w.hostsCame(e)
	case resume:
		w.resumed(e)
	case step:
		if e.node >= 0 {
			w.Perform(&w.Script.Steps[e.node])
		} else if n := w.Nodes[-1-e.node]; n.Life == 0 {
			w.launch(n, 0)
		}
	case sample:
		w.sample()
		w.queue.push(event{at: w.Now + sampleEvery(len(w.Nodes)), kind: sample})
	case timer:
		do := w.timers[e.node]
		delete(w.timers, e.node)
		do()
	}
}

// After calls a function after a time. It is how something outside the cluster acts.
func (w *World) After(d time.Duration, do func()) {
	w.lastTimer++
	w.timers[w.lastTimer] = do
	w.queue.push(event{at: w.Now + d, kind: timer, node: w.lastTimer})
}

// sampleEvery is the time between two looks at the whole cluster, in which times
// of convergence are measured.
func sampleEvery(nodes int) time.Duration {
	if nodes <= 200 {
		return 100 * time.Millisecond
	}
	return 250 * time.Millisecond
}

// sample lets observers look at the whole cluster.
func (w *World) sample() {
	if w.tamper.Sample != nil {
		w.tamper.Sample()
	}
	for _, o := range w.observers {
		o.Sampled()
	}
}

// LastStep returns when the last step of the script is.
func (w *World) LastStep() time.Duration {
	if n := len(w.Script.Steps); n > 0 {
		return w.Script.Steps[n-1].At
	}
	return 0
}

// At returns the node at an address; nil: there is none.
func (w *World) At(a wire.Address) *Node { return w.byAddress[a] }

// Listed returns what discovery lists for a node.
func (w *World) Listed(n *Node) []wire.Address {
	if n.hosts != nil {
		return n.hosts
	}
	return w.hosts
}

// Name returns what the node at an address is called in scripts, or the address if
// there is none.
func (w *World) Name(a wire.Address) string {
	if n := w.byAddress[a]; n != nil {
		return fmt.Sprintf("node %d", n.Number())
	}
	return string(a)
}
