package sim

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// mutant is something that is wrong on purpose, so that it can be shown that
// the invariants notice. The core stays as it is: a mutant gives some node other
// settings than the invariants are told, or tampers with what the nodes say to
// each other.
type mutant struct {
	config  func(index int, cfg *core.Config)
	request func(w *world, f *flight)
	answer  func(w *world, f *flight, response wire.Response) wire.Response
	every   func(w *world) // at each look at the cluster
	asleep  bool           // deadlines are not told to the cores
	breaks  string         // the invariant that must notice
}

var mutants = map[string]mutant{
	// A suspicion that never ends, as when a timer is lost.
	"stuck-suspect": {breaks: invariantSuspect, config: func(_ int, c *core.Config) {
		c.Swim.SuspectPeriod = 24 * time.Hour
	}},
	// A suspicion that ends for the wrong incarnation: a timer that belongs to an
	// address alone.
	"timer-of-address": {breaks: invariantSuspect, every: accuseAgain, config: func(_ int, c *core.Config) {
		c.Swim.Rules.StuckSuspect = true
	}},
	// A refutation that loses against an accusation from the future.
	"refutation-by-clock": {breaks: invariantFalseAlarm, every: accuseFromTheFuture, config: func(_ int, c *core.Config) {
		c.Swim.Rules.ClockRefutes = true
	}},
	// A heal whose suspects have a source.
	"suspects-with-source": {breaks: invariantNameless, request: nameTheSource},
	// Labels that the checksum does not show, since their hashes cancel each other out,
	// where one node loses them.
	"checksum-without-labels": {
		breaks: invariantChecksum,
		config: func(i int, c *core.Config) {
			if i == 3 {
				c.Swim.Labels = map[string]string{"19597": "x", "95177": "x"}
			}
		},
		request: func(w *world, f *flight) {
			if p, ok := f.request.(*wire.Ping); ok {
				p.Changes = loseLabels(w, f.to, p.Changes)
			}
		},
		answer: func(w *world, f *flight, r wire.Response) wire.Response {
			return withChanges(r, loseLabels(w, f.from, toldBy(r).changes))
		},
	},
	// A core that is not told when its deadline has come.
	"asleep": {breaks: invariantDeadline, asleep: true},
	// A change that is never dropped.
	"endless-piggyback": {breaks: invariantPiggyback, config: func(i int, c *core.Config) {
		if i == 0 {
			c.Swim.PiggybackFactor = 1000
		}
	}},
	// Nobody looks for the other side.
	"no-heal": {breaks: invariantOneView, config: func(_ int, c *core.Config) { c.Heal.Disabled = true }},
	// What node 3 says of itself is never newer than its start, so that its
	// refutations lose.
	"losing-refutation": {breaks: invariantOneView, request: loseRefutation, answer: func(w *world, f *flight, r wire.Response) wire.Response {
		return withChanges(r, withoutRefutations(w, f.to, toldBy(r).changes))
	}},
	// A healer is told that nobody on the other side is alive whom it holds
	// faulty, so that it merges at once; and the others believe what it sends.
	"merge-without-reincarnation": {breaks: invariantHeal, answer: hideTheLiving, config: func(_ int, c *core.Config) {
		c.Swim.Rules.TrustsDeadSenders = true
	}},
	// Who is pinged by a node that it does not know ignores it, and that one says no more.
	"ignores-strangers": {breaks: invariantOneView, config: func(_ int, c *core.Config) {
		c.Swim.Rules.IgnoresStrangers, c.Swim.Rules.NoReminder = true, true
	}},
	// Old news about a member that everybody has forgotten come back.
	"replay": {breaks: invariantTombstone, every: replayTheDead},
	// Every ping carries something.
	"chatter": {breaks: invariantQuiet, request: addOldNews},
	// Dead nodes seem to answer pings.
	"undead": {breaks: invariantDetect, request: answerForTheDead, answer: pose},
	// Nobody lets a node in that has been there before.
	"no-return": {breaks: invariantRejoin, answer: refuseReturners},
	// A node is told nonsense that the codec would never let through.
	"nil-answer": {breaks: invariantPanic, answer: func(w *world, _ *flight, r wire.Response) wire.Response {
		if _, ok := r.(*wire.Ping); ok && w.now > 5*time.Second {
			return (*wire.Ping)(nil)
		}
		return r
	}},
	// A member is declared faulty out of the blue.
	"slander": {breaks: invariantFalseAlarm, every: slander},
	// A node runs its protocol period far too often.
	"restless": {breaks: invariantMessages, config: func(i int, c *core.Config) {
		if i == 0 {
			c.Swim.ProtocolPeriod = time.Millisecond
		}
	}},
	// Members that never existed.
	"ghosts": {breaks: invariantMemory, every: func(w *world) {
		c := wire.Change{Address: address(len(w.machines) + int(w.steps%1000)), Incarnation: 1, Status: wire.Leave}
		w.tell(0, c)
	}},
	// A node takes itself for gone.
	"resigned": {breaks: invariantSelf, every: func(w *world) {
		if w.now > 5*time.Second {
			w.inject(0, func(m *machine, _ swim.RequestID) { m.core.SetStatus(m.clock.at(w.now), wire.Faulty) })
		}
	}},
	// Latency that is drawn from a source of its own.
	"unrepeatable": {breaks: invariantTrace, request: func(w *world, f *flight) {
		f.deadline += time.Duration(rand.IntN(1000))
		w.net.latency = time.Millisecond + time.Duration(rand.IntN(1000))
	}},
	// Changes of the table that no event tells of.
	"silent-change": {breaks: invariantEvents, every: func(w *world) {
		if m := w.machines[0]; m.up && w.now > 5*time.Second {
			m.view.digest++
		}
	}},
	// An address that no decoder accepts.
	"unreadable": {breaks: invariantWire, request: func(w *world, f *flight) {
		if p, ok := f.request.(*wire.Ping); ok && w.script.Wire {
			p.Source = "nowhere"
		}
	}},
}

// Mutants returns the names of the mutants.
func Mutants() []string { return slices.Sorted(maps.Keys(mutants)) }

// inject gives a node an input from nowhere.
func (w *world) inject(index int, do func(*machine, swim.RequestID)) {
	if m := w.machines[index]; m.running(w.now) && m.core.Node().Ready() {
		w.current = m
		m.lastID++
		do(m, m.lastID)
		w.collect(m)
	}
}

// tell sends a node a ping from nowhere.
func (w *world) tell(index int, changes ...wire.Change) {
	w.inject(index, func(m *machine, id swim.RequestID) {
		m.core.Request(m.clock.at(w.now), id, &wire.Ping{App: "sim", Source: "10.9.9.9:1", Changes: changes, Checksum: m.core.Node().Checksum()})
	})
}

// withChanges returns the same answer with other changes.
func withChanges(r wire.Response, changes []wire.Change) wire.Response {
	switch r := r.(type) {
	case *wire.Ping:
		c := *r
		c.Changes = changes
		return &c
	case *wire.PingRequestResponse:
		c := *r
		c.Changes = changes
		return &c
	case *wire.JoinResponse:
		c := *r
		c.Membership = changes
		return &c
	}
	return r
}

// withoutRefutations sets what node 3 says of itself back to its first
// incarnation.
func withoutRefutations(w *world, m *machine, changes []wire.Change) []wire.Change {
	altered := slices.Clone(changes)
	for i := range altered {
		if c := &altered[i]; c.Address == m.address && m == w.machines[2] {
			c.Incarnation = min(c.Incarnation, m.clock.base.UnixMilli())
		}
	}
	return altered
}

func loseRefutation(w *world, f *flight) {
	switch r := f.request.(type) {
	case *wire.Ping:
		r.Changes = withoutRefutations(w, f.from, r.Changes)
	case *wire.PingRequest:
		r.Changes = withoutRefutations(w, f.from, r.Changes)
	}
}

func hideTheLiving(w *world, f *flight, response wire.Response) wire.Response {
	r, ok := response.(*wire.JoinResponse)
	if !ok || !f.from.core.Node().Ready() {
		return response
	}
	altered := slices.Clone(r.Membership)
	for i := range altered {
		ours, known := f.from.core.Node().Member(altered[i].Address)
		if known && !ours.Status.Pingable() {
			altered[i].Status = ours.Status
		}
	}
	return withChanges(r, altered)
}

// accuseAgain tells node 1 that a member which it holds suspect is so at a later
// incarnation, too.
func accuseAgain(w *world) {
	const later = int64(time.Hour / time.Millisecond)
	for a, s := range w.machines[0].view.suspects {
		if s.incarnation < epoch.UnixMilli()+later {
			w.tell(0, wire.Change{Address: a, Incarnation: s.incarnation + later, Status: wire.Suspect})
			return
		}
	}
}

// accuseFromTheFuture tells node 1 that node 2 is suspect, as of an hour from now.
func accuseFromTheFuture(w *world) {
	if w.now <= 10*time.Second {
		return
	}
	a := w.machines[1].address
	m, ok := w.machines[0].core.Node().Member(a)
	if future := epoch.Add(time.Hour).UnixMilli(); ok && m.Incarnation < future {
		w.tell(0, wire.Change{Address: a, Incarnation: future, Status: wire.Suspect})
	}
}

func nameTheSource(_ *world, f *flight) {
	if p, ok := f.request.(*wire.Ping); ok && f.tellsOtherSide() {
		for i := range p.Changes {
			p.Changes[i].Source, p.Changes[i].SourceIncarnation = f.from.address, 1
		}
	}
}

func replayTheDead(w *world) {
	for i, m := range w.machines {
		for a, grave := range m.view.buried {
			if _, known := m.core.Node().Member(a); m.up && !known {
				w.tell(i, wire.Change{Address: a, Incarnation: grave.incarnation, Status: wire.Alive})
				return
			}
		}
	}
}

func addOldNews(w *world, f *flight) {
	if p, ok := f.request.(*wire.Ping); ok && p.Version == 0 && w.now > 20*time.Second {
		p.Changes = append(p.Changes, wire.Change{Address: f.from.address, Incarnation: 1})
	}
}

func answerForTheDead(w *world, f *flight) {
	if f.to == nil || f.to.up || f.to.life == 0 {
		return
	}
	if _, ok := f.request.(*wire.Ping); !ok {
		return
	}
	for _, m := range w.machines {
		if m.up && m != f.from {
			f.posing, f.to = f.to.address, m
			return
		}
	}
}

func pose(_ *world, f *flight, r wire.Response) wire.Response {
	if ping, ok := r.(*wire.Ping); ok && f.posing != "" {
		c := *ping
		c.Source = f.posing
		return &c
	}
	return r
}

// loseLabels keeps the labels of node 4 from node 1.
func loseLabels(w *world, to *machine, changes []wire.Change) []wire.Change {
	if to != w.machines[0] {
		return changes
	}
	altered := slices.Clone(changes)
	for i := range altered {
		if altered[i].Address == w.machines[3].address {
			altered[i].Labels = nil
		}
	}
	return altered
}

func refuseReturners(_ *world, f *flight, r wire.Response) wire.Response {
	if join, ok := r.(*wire.JoinResponse); ok && f.from.life > 1 {
		c := *join
		c.App = "another"
		return &c
	}
	return r
}

func slander(w *world) {
	if len(w.machines) > 1 && w.now > 5*time.Second {
		a := w.machines[1].address
		if m, ok := w.machines[0].core.Node().Member(a); ok {
			w.tell(0, wire.Change{Address: a, Incarnation: m.Incarnation, Status: wire.Faulty})
		}
	}
}
