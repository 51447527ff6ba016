package sim

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/check"
	"github.com/ringmend/ringmend/sim/world"
)

// mutant is a deliberate mistake which shows that an invariant can fail. The core stays
// as it is: a mutant gives some node settings that the invariants do not expect, or
// tampers with messages (tamper.go).
type mutant struct {
	config  func(index int, cfg *core.Config)
	request func(w *run, c *world.Call)
	answer  func(w *run, c *world.Call, response wire.Response) wire.Response
	// changes returns what each message carries in place of its changes.
	changes func(w *run, from, to *world.Node, list []wire.Change) []wire.Change
	every   func(w *run) // at each look at the cluster
	asleep  bool         // deadlines are not told to the cores
	breaks  string       // the invariant that must notice
}

var mutants = map[string]mutant{
	// A suspicion that never ends, as when a timer is lost.
	"stuck-suspect": {breaks: check.InvariantSuspect, config: func(_ int, c *core.Config) {
		c.Swim.SuspectPeriod, c.Swim.Detection.MinSuspectPeriod = 24*time.Hour, 24*time.Hour
	}},
	// A suspicion that ends for the wrong incarnation: a timer that belongs to an
	// address alone.
	"timer-of-address": {breaks: check.InvariantSuspect, every: accuseAgain, config: func(_ int, c *core.Config) {
		c.Swim.Rules.StuckSuspect, c.Swim.Detection = true, swim.Detection{}
	}},
	// A refutation that loses against an accusation from the future.
	"refutation-by-clock": {breaks: check.InvariantFalseAlarm, every: accuseFromTheFuture, config: func(_ int, c *core.Config) {
		c.Swim.Rules.ClockRefutes = true
	}},
	// A heal whose suspects have a source.
	"suspects-with-source": {breaks: check.InvariantNameless, request: nameTheSource},
	// Labels that the checksum does not show, since their hashes cancel each other out,
	// where one node loses them.
	"checksum-without-labels": {
		breaks: check.InvariantChecksum,
		config: func(i int, c *core.Config) {
			if i == 3 {
				c.Swim.Labels = map[string]string{"19597": "x", "95177": "x"}
			}
		},
		changes: loseLabels,
	},
	// A core that is not told when its deadline has come.
	"asleep": {breaks: world.InvariantDeadline, asleep: true},
	// A change that is never dropped.
	"endless-piggyback": {breaks: check.InvariantPiggyback, config: func(i int, c *core.Config) {
		if i == 0 {
			c.Swim.PiggybackFactor = 1000
		}
	}},
	// Healers are off.
	"no-heal": {breaks: check.InvariantOneView, config: func(_ int, c *core.Config) { c.Heal.Disabled = true }},
	// Node 3 announces itself at the incarnation of its start, and its refutations lose.
	"losing-refutation": {breaks: check.InvariantOneView, changes: loseRefutations},
	// A healer is told that the other side agrees with all its faulty members. It merges at
	// once, and the others apply what it sends.
	"merge-without-reincarnation": {breaks: check.InvariantHeal, answer: hideTheLiving, config: func(_ int, c *core.Config) {
		c.Swim.Rules.TrustsDeadSenders = true
	}},
	// A node ignores pings from nodes that it does not know, and those do not announce
	// themselves again.
	"ignores-strangers": {breaks: check.InvariantOneView, config: func(_ int, c *core.Config) {
		c.Swim.Rules.IgnoresStrangers, c.Swim.Rules.NoReminder = true, true
	}},
	// An old change about a member that all have forgotten comes back.
	"replay": {breaks: check.InvariantTombstone, every: replayTheDead},
	// Every ping carries a change.
	"chatter": {breaks: check.InvariantQuiet, request: addOldNews},
	// Dead nodes seem to answer pings.
	"undead": {breaks: check.InvariantDetect, request: answerForTheDead, answer: pose},
	// No node lets in a node that has been a member before.
	"no-return": {breaks: check.InvariantRejoin, answer: refuseReturners},
	// A node gets an answer that the codec would never let through.
	"nil-answer": {breaks: world.InvariantPanic, answer: func(w *run, _ *world.Call, r wire.Response) wire.Response {
		if _, ok := r.(*wire.Ping); ok && w.Now > 5*time.Second {
			return (*wire.Ping)(nil)
		}
		return r
	}},
	// A member is declared faulty without any reason.
	"slander": {breaks: check.InvariantFalseAlarm, every: slander},
	// A node runs its protocol period far too often.
	"restless": {breaks: check.InvariantMessages, config: func(i int, c *core.Config) {
		if i == 0 {
			c.Swim.ProtocolPeriod = time.Millisecond
		}
	}},
	// Members that never existed.
	"ghosts": {breaks: check.InvariantMemory, every: func(w *run) {
		w.gossip(0, wire.Change{Address: world.Address(len(w.Nodes) + int(w.Events%1000)), Incarnation: 1, Status: wire.Leave})
	}},
	// A node declares itself faulty.
	"resigned": {breaks: check.InvariantSelf, every: func(w *run) {
		if w.Now > 5*time.Second {
			w.Inject(w.Nodes[0], func(c *core.Core, local time.Time, _ swim.RequestID) { c.SetStatus(local, wire.Faulty) })
		}
	}},
	// Latency that is drawn from a source of its own.
	"unrepeatable": {breaks: check.InvariantTrace, request: func(w *run, c *world.Call) {
		c.Deadline += time.Duration(rand.IntN(1000))
		w.Net.Latency = time.Millisecond + time.Duration(rand.IntN(1000))
	}},
	// The table changes without an event.
	"silent-change": {breaks: check.InvariantEvents, every: func(w *run) {
		if n := w.Nodes[0]; n.Up && w.Now > 5*time.Second {
			w.checks.Falsify(n)
		}
	}},
	// Node 4 hears nothing of evictions.
	"deaf-to-words": {breaks: check.InvariantLastWord, changes: loseWords},
	// Two nodes keep the side of node 1, and the others the majority.
	"unequal-strategies": {breaks: check.InvariantOneKeeper, config: func(i int, c *core.Config) {
		if i < 2 {
			c.Resolve.Strategy = resolve.KeepReferee
		}
	}},
	// Keys are accepted at once.
	"no-handover": {breaks: check.InvariantSingleAccept, every: func(w *run) { w.serving.Unguarded = true }},
	// A node that was stopped goes on as if nothing had happened.
	"pauses-ignored": {breaks: check.InvariantSingleAccept, every: func(w *run) { w.serving.AcceptsStale = true }, config: func(_ int, c *core.Config) {
		c.Resolve.MaxPause = time.Hour
		c.Resolve.Handover = c.Resolve.SafeHandover()
	}},
	// A node that was started again serves at once.
	"no-starting": {breaks: check.InvariantSingleAccept, every: func(w *run) {
		for _, n := range w.Nodes {
			if n.IsRunning(w.Now) && n.Joined && n.Life > 1 && n.Core.Resolver().State() == resolve.Starting {
				w.Input(n, func(c *core.Core, local time.Time) { _ = c.Keep(local) })
			}
		}
	}},
	// No side is kept.
	"timid": {breaks: check.InvariantKeptServes, config: func(_ int, c *core.Config) { c.Resolve.Strategy = resolve.DownAll }},
	// No node serves again.
	"fenced-for-good": {breaks: check.InvariantUnfences, config: func(_ int, c *core.Config) { c.Resolve.UnfenceAfter = 24 * time.Hour }},
	// An observer tells all nodes what it thinks.
	"talkative-observer": {breaks: check.InvariantSilent, every: func(w *run) {
		w.Inject(w.Nodes[0], func(c *core.Core, local time.Time, _ swim.RequestID) {
			_ = c.SetLabels(local, map[string]string{"resolver": c.Resolver().State().String()})
		})
	}},
	// No node decides.
	"hesitant": {breaks: check.InvariantDecides, config: func(_ int, c *core.Config) { c.Resolve.StableAfter, c.Resolve.Settle = time.Hour, time.Hour }},
	// An address that no decoder accepts.
	"unreadable": {breaks: world.InvariantWire, request: func(w *run, c *world.Call) {
		if p, ok := c.Request.(*wire.Ping); ok && w.Script.Wire {
			altered := *p
			altered.Source = "nowhere"
			c.Request = &altered
		}
	}},
}

// Mutants returns the names of the mutants.
func Mutants() []string { return slices.Sorted(maps.Keys(mutants)) }

// tamper returns what is wrong in a run.
func (m mutant) tamper(w *run) world.Tamper {
	t := world.Tamper{Config: m.config, Asleep: m.asleep}
	if m.request != nil {
		t.Request = func(c *world.Call) { m.request(w, c) }
	}
	if m.answer != nil {
		t.Answer = func(c *world.Call, r wire.Response) wire.Response { return m.answer(w, c, r) }
	}
	if m.changes != nil {
		t.Request = func(c *world.Call) {
			alter(c.Request, func(list []wire.Change) []wire.Change { return m.changes(w, c.From, c.To, list) })
		}
		t.Answer = func(c *world.Call, r wire.Response) wire.Response {
			alter(r, func(list []wire.Change) []wire.Change { return m.changes(w, c.To, c.From, list) })
			return r
		}
	}
	if m.every != nil {
		t.Sample = func() { m.every(w) }
	}
	return t
}
