package world

import (
	"fmt"
	"math"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/internal/hash"
	"github.com/ringmend/ringmend/sim/script"
)

// Node is a node of the cluster: a core, the process that it runs in and the clock of
// its host. The fields that are asked for with each change come first.
type Node struct {
	Index    int32         // its place in World.Nodes
	Life     int32         // counts its processes; 0 before the first
	JoinedAt time.Duration // if it has
	Joined   bool          // in this life
	Up       bool
	Silent   bool // its host is gone as well: calls to it are not refused, but time out
	Left     bool // it was told to leave
	Doomed   bool // it was told to evict itself
	Expelled bool // the last word about it is that it is evicted
	Accused  bool // there was such a word: it may not know the last one

	Address wire.Address
	Core    *core.Core
	Began   time.Duration // this life
	Born    int64         // its first incarnation in this life
	Fallen  time.Duration // when it last crashed
	Stopped time.Duration // its process is, until then
	Stops   int           // how often its process was stopped
	Stood   time.Duration // for how long in all
	Slow    time.Duration // for each message
	Busy    time.Duration // how long it waits for a processor at most; see busy.go
	Calling int           // calls under way
	Driven  time.Duration // when its core had its last input

	// Visiting is the node that its healer has reached, while those events are delivered.
	Visiting wire.Address
	// VisitedBy is the node whose healer's message is being handled, and VisitAsked
	// when that one was told the membership.
	VisitedBy  *Node
	VisitAsked time.Duration

	hosts []wire.Address // that its discovery lists; nil: those of the world
	clock clock
	ahead time.Duration // what the clock of its host is
	busy  time.Duration // until then, with the messages before

	runsAt time.Duration // when it has a processor, while there is a Busy
	turns  uint64        // how often it had one

	wakeAt       time.Duration // of the wake in the queue that counts
	idle         int           // wakes in a row at the same time
	waiting      []waiting     // oldest first
	lastID       swim.RequestID
	lastAnswered time.Duration // when the call whose end is being handled was answered
}

// never is later than every run.
const never = time.Duration(math.MaxInt64)

// Address returns where a node listens. Hosts are shared by four nodes each, and
// some addresses begin with others, which is where an order of members goes
// wrong if it does.
func Address(index int) wire.Address {
	ports := [...]int{3000, 30001, 3001, 30011}
	host := index / len(ports)
	return wire.Address(fmt.Sprintf("10.0.%d.%d:%d", host/250, host%250+1, ports[index%len(ports)]))
}

// launch starts a process on a node's host; clockOff is what its clock is off by.
func (w *World) launch(n *Node, clockOff time.Duration) {
	n.Life++
	n.Up, n.Silent, n.Left, n.Doomed = true, false, false, false
	n.Stopped, n.busy, n.Calling = 0, 0, 0
	n.Began, n.Joined = w.Now, false
	n.wakeAt, n.idle = never, 0
	n.waiting = nil
	n.clock = clock{base: Epoch.Add(w.Now + n.ahead + clockOff), origin: w.Now, ppm: n.clock.ppm}
	c, err := core.New(w.config(n), n.LocalTime(w.Now))
	if err != nil {
		w.Violate(InvariantPanic, []*Node{n}, "the core of node %d does not start: %v", n.Number(), err)
		return
	}
	n.Core = c
	n.Born = c.Node().Self().Incarnation
	for _, o := range w.observers {
		o.Started(n)
	}
	w.Input(n, func(c *core.Core, local time.Time) { c.Bootstrap(local) })
}

// Configure sets a function that may alter the settings of nodes before each of their
// starts, where scripts have no setting for it.
func (w *World) Configure(configure func(*Node, *core.Config)) { w.configure = configure }

// config returns the settings of a node's core.
func (w *World) config(n *Node) core.Config {
	cfg := w.regular(n)
	if w.configure != nil {
		w.configure(n, &cfg)
	}
	if w.tamper.Config != nil {
		w.tamper.Config(int(n.Index), &cfg)
	}
	cfg.Swim.Shared = w.storage(cfg.Swim.Flavour)
	return cfg
}

// regular returns the settings that the core of a node should have.
func (w *World) regular(n *Node) core.Config {
	cfg := core.DefaultConfig("sim", n.Address)
	cfg.Seed = hash.Mix(hash.Mix(w.Script.Seed, uint64(n.Index)), uint64(n.Life))
	s := w.Script
	cfg.Swim.Flavour = s.Flavour()
	for _, period := range []struct {
		set time.Duration
		of  *time.Duration
	}{{s.Suspect, &cfg.Swim.SuspectPeriod}, {s.Faulty, &cfg.Swim.FaultyPeriod}, {s.Tombstone, &cfg.Swim.TombstonePeriod}} {
		if period.set > 0 {
			*period.of = period.set
		}
	}
	if s.Room > 0 {
		cfg.Swim.MaxMembers = s.Room
	}
	if s.Labels {
		cfg.Swim.Labels = map[string]string{"rack": fmt.Sprint(n.Index % 3), "born": fmt.Sprint(n.Index, ".", n.Life)}
	}
	s.ConfigureResolver(&cfg, Address(0))
	if err := script.ApplyRules(s.Rules, &cfg); err != nil {
		panic(err) // the script is valid
	}
	return cfg
}

// kill ends the process of a node. Calls that wait for an answer of it fail
// as they do when a connection breaks, or not before their time is over.
func (w *World) kill(n *Node, silent bool) {
	if !n.Up {
		return
	}
	for _, o := range w.observers {
		o.Killed(n)
	}
	n.Up, n.Silent = false, silent
	n.Life++ // events of the process that has ended are dropped
	n.Fallen = w.Now
	if silent {
		return // those who wait have their time-outs
	}
	for _, r := range n.waiting {
		w.answer(n, r.call, nil, errRefused)
	}
	n.waiting = nil
}

// Hash stands for the node's address in digests and traces.
func (n *Node) Hash() uint64 { return uint64(n.Index) + 1 }

// HashOf returns [Node.Hash] for an address at which there may be no node.
func (w *World) HashOf(a wire.Address) uint64 {
	if n := w.byAddress[a]; n != nil {
		return n.Hash()
	}
	return hash.String(string(a))
}

// Number is what the node is called in scripts.
func (n *Node) Number() int { return int(n.Index) + 1 }

// IsRunning reports whether the process is up and not stopped.
func (n *Node) IsRunning(now time.Duration) bool { return n.Up && now >= n.Stopped }

// LocalTime returns what the clock of its host shows.
func (n *Node) LocalTime(now time.Duration) time.Time { return n.clock.at(now) }

// Launched returns what the clock of its host showed when its process was started, or
// when the clock's rate was last changed.
func (n *Node) Launched() time.Time { return n.clock.base }

// Stays reports whether nothing was said that ends the membership of the node: it was not told to
// leave or to evict itself, and no operator has evicted or readmitted it.
func (n *Node) Stays() bool { return !n.Left && !n.Doomed && !n.Accused }

// Ought returns the status in which others should hold the node while it is up.
func (n *Node) Ought() wire.Status {
	if n.Left || n.Expelled {
		return wire.Leave
	}
	return wire.Alive
}

// State says in words what the node is doing.
func (n *Node) State() string {
	switch {
	case !n.Up:
		return "down"
	case n.Left:
		return "up, and left"
	}
	return "up"
}

// nextRequest returns the id of a request to the node.
func (n *Node) nextRequest() swim.RequestID {
	n.lastID++
	return n.lastID
}
