package sim

import (
	"fmt"
	"math"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// machine is a node of the cluster: a core, the process that it runs in and the
// clock of its host.
type machine struct {
	*condition
	address wire.Address
	hosts   []wire.Address // that its discovery lists; nil: those of the world
	core    *core.Core
	clock   clock
	ahead   time.Duration // what the clock of its host is

	stopped time.Duration // its process is, until then
	slow    time.Duration // for each message
	busy    time.Duration // until then, with the messages before
	stops   int           // how often its process was stopped
	stood   time.Duration // for how long in all

	wakeAt  time.Duration // of the wake in the queue that counts
	idle    int           // wakes in a row at the same time
	waiting []waiting     // oldest first
	lastID  swim.RequestID
	calling int // calls under way

	began  time.Duration // this life
	born   int64         // its first incarnation
	fallen time.Duration // when it last crashed
	missed time.Duration // since when things were calm at the last check that it is
	seen   detection     // of its last crash
	view   view
	recent recent
	gauge  nodeMeter
}

// condition is what is asked of a machine each time that somebody believes something
// new of it, n² times in a cluster of n. All are side by side.
type condition struct {
	index    int32 // of the machine, and its place in all lists of them
	life     int32 // counts its processes; 0 before the first
	joinedAt time.Duration
	joined   bool // in this life
	up       bool
	silent   bool // its host is gone as well: nobody refuses calls to it
	left     bool // it was told to leave
	doomed   bool // it was told to evict itself
}

// never is later than every run.
const never = time.Duration(math.MaxInt64)

// address returns where a node listens. Hosts are shared by four nodes each, and
// some addresses begin with others, which is where an order of members goes
// wrong if it does.
func address(index int) wire.Address {
	ports := [...]int{3000, 30001, 3001, 30011}
	host := index / len(ports)
	return wire.Address(fmt.Sprintf("10.0.%d.%d:%d", host/250, host%250+1, ports[index%len(ports)]))
}

// launch starts a process on a machine; clockOff is what its clock is off by.
func (w *world) launch(m *machine, clockOff time.Duration) {
	m.life++
	m.up, m.silent, m.left, m.doomed = true, false, false, false
	m.stopped, m.busy, m.calling = 0, 0, 0
	m.began, m.joined = w.now, false
	m.wakeAt, m.idle = never, 0
	m.waiting = nil
	m.clock = clock{base: epoch.Add(w.now + m.ahead + clockOff), origin: w.now, ppm: m.clock.ppm}
	c, err := core.New(w.config(m), m.clock.at(w.now))
	if err != nil {
		w.violate(invariantPanic, []*machine{m}, "the core of node %d does not start: %v", m.number(), err)
		return
	}
	m.core = c
	self := c.Node().Self()
	m.born = self.Incarnation
	m.view = newView(w, &self)
	w.record(m, entry{kind: entryStart, extra: m.life})
	c.Bootstrap(m.clock.at(w.now))
	w.collect(m)
}

// config returns the settings of a node's core.
func (w *world) config(m *machine) core.Config {
	cfg := w.regular(m)
	if w.mutant.config != nil {
		w.mutant.config(int(m.index), &cfg)
	}
	cfg.Swim.Shared = w.storage(cfg.Swim.Flavour)
	return cfg
}

// regular returns the settings that the core of a node should have.
func (w *world) regular(m *machine) core.Config {
	cfg := core.DefaultConfig("sim", m.address)
	cfg.Seed = mix(mix(w.script.Seed, uint64(m.index)), uint64(m.life))
	s := w.script
	cfg.Swim.Flavour = s.flavour()
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
		cfg.Swim.Labels = map[string]string{"rack": fmt.Sprint(m.index % 3), "born": fmt.Sprint(m.index, ".", m.life)}
	}
	if err := applyRules(s.Rules, &cfg); err != nil {
		panic(err) // the script is valid
	}
	return cfg
}

// kill ends the process of a machine. Calls that wait for an answer of it fail
// as they do when a connection breaks, or not before their time is over.
func (w *world) kill(m *machine, silent bool) {
	if !m.up {
		return
	}
	w.record(m, entry{kind: entryEnd, extra: m.life})
	m.up, m.silent = false, silent
	m.life++ // what its process had under way is nobody's
	m.fallen, m.missed, m.seen = w.now, 0, detection{}
	if silent {
		return // those who wait have their time-outs
	}
	for _, r := range m.waiting {
		w.answer(m, r.flight, nil, errRefused)
	}
	m.waiting = nil
}

// hash is what stands for the machine's address in digests and traces.
func (c *condition) hash() uint64 { return uint64(c.index) + 1 }

// hashOf is hash for an address at which there may be no machine.
func (c *condition) hashOf(a wire.Address) uint64 {
	if c == nil {
		return hashString(string(a))
	}
	return c.hash()
}

// number is what the node is called in scripts.
func (m *machine) number() int { return int(m.index) + 1 }

// running reports whether the process is up and not stopped.
func (m *machine) running(now time.Duration) bool { return m.up && now >= m.stopped }
