package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// world is a run under way: the machines, their network and what is going to
// happen.
type world struct {
	script *Script
	opts   Options
	rules  core.Config // of a node without peculiarities
	bounds Bounds
	mutant mutant

	now   time.Duration
	queue queue
	steps uint64 // events so far
	over  bool

	machines   []*machine
	conditions []condition // of the machines
	byAddress  map[wire.Address]*machine
	hosts      []wire.Address // that discovery lists
	warm       []wire.Change  // the membership that a warm start begins with
	shared     map[swim.Flavour]*swim.Shared
	net        network
	freeCalls  []*flight // of calls that are over
	stalled    []stalled
	kept       map[[2]int32]int // of those, how many from one node to another

	phase   phase
	toll    healCost
	trace   trace
	current *machine // whose core runs

	result *Result
}

func newWorld(s *Script, o Options) *world {
	w := &world{
		script:    s,
		opts:      o,
		mutant:    mutants[s.Mutant],
		byAddress: make(map[wire.Address]*machine, s.Nodes),
		kept:      make(map[[2]int32]int),
		shared:    make(map[swim.Flavour]*swim.Shared),
		result:    &Result{Script: s},
	}
	w.conditions = make([]condition, s.Nodes)
	w.net = network{
		rng: w.stream(1), latency: s.Latency, jitter: s.Jitter, loss: s.Loss, duplicate: s.Duplicate,
	}
	w.trace.init(o.Trace)
	w.phase.init(s)
	for i := range s.Nodes {
		w.conditions[i].index = int32(i)
		m := &machine{condition: &w.conditions[i], address: address(i)}
		w.machines = append(w.machines, m)
		w.byAddress[m.address] = m
		w.hosts = append(w.hosts, m.address)
	}
	if s.Skew > 0 {
		rng := w.stream(4)
		for _, m := range w.machines {
			m.ahead = time.Duration(rng.Int64N(int64(s.Skew))).Round(time.Millisecond)
		}
	}
	w.rules = w.regular(w.machines[0])
	w.bounds = boundsFor(&w.rules, s.Nodes)
	if s.Hosts > 0 {
		w.hosts = w.hosts[:s.Hosts]
	}
	slices.Sort(w.hosts) // so that no node has to
	return w
}

// storage returns what all nodes of a flavour share; nil: each has its own.
func (w *world) storage(f swim.Flavour) *swim.Shared {
	if !w.script.sharesTables() {
		return nil
	}
	if w.shared[f] == nil {
		addresses := make([]wire.Address, len(w.machines))
		for i, m := range w.machines {
			addresses[i] = m.address
		}
		w.shared[f] = swim.NewShared(f, addresses...)
	}
	return w.shared[f]
}

// stream returns a random source of its own for one purpose, so that more of
// one thing does not change another.
func (w *world) stream(purpose uint64) *rand.Rand {
	return rand.New(rand.NewPCG(w.script.Seed, purpose))
}

// play lets everything happen until the run is over.
func (w *world) play() {
	w.begin()
	w.goOn()
}

// goOn lets everything happen until the end that the script says.
func (w *world) goOn() {
	end := w.script.For
	if end == 0 {
		// A script that does not end its faults has no calm to wait for.
		end = w.lastStep() + 2*w.bounds.Converge + 2*w.settle()
	}
	for w.queue.len() > 0 && !w.over {
		e := w.queue.pop()
		if e.at > end {
			w.queue.push(e)
			w.now = end
			break
		}
		w.now = e.at
		w.steps++
		w.happen(&e)
	}
}

// begin puts into the queue what happens by itself.
func (w *world) begin() {
	rng := w.stream(2)
	s := w.script
	if s.Warm {
		w.warmUp()
	}
	for i, m := range w.machines[:s.Start] {
		at := time.Duration(0)
		if s.Spread > 0 && !s.Warm {
			at = time.Duration(rng.Int64N(int64(s.Spread)))
		}
		w.queue.push(event{at: at, kind: step, node: int32(-1 - i)})
		m.wakeAt = never
	}
	for i := range s.Steps {
		w.queue.push(event{at: s.Steps[i].At, kind: step, node: int32(i)})
	}
	w.queue.push(event{at: sampleEvery(s.Nodes), kind: sample})
}

// happen does what an event says.
func (w *world) happen(e *event) {
	switch e.kind {
	case wake:
		w.wakeUp(e)
	case arrive:
		w.arrived(e)
	case comeBack:
		w.cameBack(e)
	case knock:
		w.synRetried(e.flight)
	case expire:
		w.expired(e.flight)
	case hosts:
		w.hostsCame(e)
	case resume:
		w.resumed(e)
	case step:
		if e.node >= 0 {
			w.perform(&w.script.Steps[e.node])
		} else if m := w.machines[-1-e.node]; m.life == 0 {
			w.launch(m, 0)
		}
	case sample:
		w.sample()
		w.queue.push(event{at: w.now + sampleEvery(len(w.machines)), kind: sample})
	}
}

// wakeUp advances a core whose deadline has come.
func (w *world) wakeUp(e *event) {
	m := w.machines[e.node]
	if !m.up || m.life != e.life || m.wakeAt != e.at {
		return
	}
	m.wakeAt = never
	if w.now < m.stopped {
		w.scheduleAt(m, m.stopped)
		return
	}
	w.current = m
	if !w.mutant.asleep {
		m.core.Advance(m.clock.at(w.now)) // does nothing if the deadline has moved
	}
	w.collect(m)
}

// maxIdle is how many deadlines in a row may pass without the next one being
// later.
const maxIdle = 1000

// schedule sees to it that a core is woken at its deadline. A wake that is in
// the queue already and comes too early is left there: it does nothing.
func (w *world) schedule(m *machine) {
	deadline, ok := m.core.Deadline()
	if !ok {
		return
	}
	at := max(w.now, m.clock.when(deadline))
	if at > w.now {
		m.idle = 0
	} else if m.idle++; m.idle > maxIdle {
		w.violate(invariantDeadline, []*machine{m}, "node %d wants to be woken at %v again and again, and it is %v", m.number(), deadline, m.clock.at(w.now))
		return
	}
	w.scheduleAt(m, at)
}

func (w *world) scheduleAt(m *machine, at time.Duration) {
	if at < m.wakeAt {
		m.wakeAt = at
		w.queue.push(event{at: at, kind: wake, node: m.index, life: m.life})
	}
}

func (w *world) hostsCame(e *event) {
	m := w.machines[e.node]
	if !m.up || m.life != e.life {
		return
	}
	if w.now < m.stopped {
		e.at = m.stopped
		w.queue.push(*e)
		return
	}
	w.current = m
	m.core.Hosts(m.clock.at(w.now), w.listed(m), nil)
	w.collect(m)
}

// listed returns what discovery lists for a node.
func (w *world) listed(m *machine) []wire.Address {
	if m.hosts != nil {
		return m.hosts
	}
	return w.hosts
}

// resumed is when the process of a node goes on.
func (w *world) resumed(e *event) {
	if m := w.machines[e.node]; m.up && m.life == e.life {
		w.phase.disturb(w.now)
	}
}

// collect carries out what a core wants done, after each input.
func (w *world) collect(m *machine) { w.effects(m, m.core.Take()) }

func (w *world) effects(m *machine, out swim.Effects) {
	w.events(m, out.Events)
	if !m.up {
		return // it has evicted itself
	}
	for i := range out.Answers {
		a := &out.Answers[i]
		if f := m.claim(a.To); f != nil {
			w.answer(m, f, a.Response, a.Err)
		}
	}
	for i := range out.Calls {
		w.call(m, &out.Calls[i])
	}
	if out.NeedHosts {
		w.queue.push(event{at: w.now + w.net.delay(m.index, m.index), kind: hosts, node: m.index, life: m.life})
	}
	w.schedule(m)
}

func (w *world) node(a wire.Address) string {
	if m := w.byAddress[a]; m != nil {
		return fmt.Sprintf("node %d", m.number())
	}
	return string(a)
}
