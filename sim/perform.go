package sim

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// perform carries out a step of the script.
func (w *world) perform(s *Step) {
	w.phase.disturb(w.now)
	w.phase.harmless = w.phase.harmless && !s.isFault()
	w.mark(s)
	switch s.Verb {
	case "cut", "one-way":
		how := s.How
		if how == "" {
			how = howDrop
		}
		w.phase.split = true
		w.toll.cutOff(w.now)
		w.net.cuts = append(w.net.cuts, cut{part: parts(len(w.machines), s.Sets), oneWay: s.Verb == "one-way", how: how})
	case "lag":
		w.net.lags = append(w.net.lags, lag{part: parts(len(w.machines), s.Sets), by: s.Time})
	case "mend":
		w.net.cuts, w.net.lags = nil, nil
		w.toll.mended(w.now)
		w.flow()
	case "loss":
		w.net.loss, w.net.resend = s.Rate, 0
		if s.How == howResend {
			w.net.loss, w.net.resend = 0, s.Rate
		}
	case "duplicate":
		w.net.duplicate = s.Rate
	case "list":
		w.list(s)
	default:
		for _, number := range s.Sets[0] {
			w.performOn(w.machines[number-1], s)
		}
	}
}

// performOn carries out a step on one node.
func (w *world) performOn(m *machine, s *Step) {
	switch {
	case s.Verb == "restart":
		w.restart(m, s.Time)
		return
	case s.Verb == "slow":
		w.phase.slow += boolToInt(s.Time > 0) - boolToInt(m.slow > 0)
		m.slow = s.Time
		return
	case !m.up:
		return
	}
	w.record(m, entry{kind: entryStep, peer: wire.Address(s.Verb)})
	w.current = m
	local := m.clock.at(w.now)
	switch s.Verb {
	case "crash":
		w.kill(m, s.How == howDrop)
		return
	case "pause":
		w.pause(m, s.Time)
		return
	case "drift":
		m.clock.drift(w.now, int64(s.Rate))
	case "leave":
		m.left = true
		m.core.SetStatus(local, wire.Leave)
	case "rejoin":
		m.left = false
		m.core.SetStatus(local, wire.Alive)
	case "evict":
		m.doomed = true
		m.core.Evict(local)
	case "reap":
		m.core.Reap(local)
	case "heal":
		w.nobodyWaits(m, func(id swim.RequestID) { m.core.Heal(local, id) })
	case "label":
		if err := m.core.SetLabels(local, map[string]string{"at": w.now.String()}); err != nil {
			w.violate(invariantPanic, []*machine{m}, "node %d refuses a label: %v", m.number(), err)
		}
	}
	w.collect(m)
}

// list sets what discovery lists for some nodes: the second set, or, without one,
// each node itself only.
func (w *world) list(s *Step) {
	for _, number := range s.Sets[0] {
		m := w.machines[number-1]
		switch {
		case s.How == howNowhere:
			m.hosts = []wire.Address{nowhere}
		case len(s.Sets) == 1:
			m.hosts = []wire.Address{m.address}
		default:
			m.hosts = nil // the old list was handed in
		}
		for _, listed := range s.Sets[1:] {
			for _, host := range listed {
				m.hosts = append(m.hosts, w.machines[host-1].address)
			}
		}
		slices.Sort(m.hosts)
	}
}

// nowhere is an address at which no node ever is.
const nowhere wire.Address = "10.255.255.1:3000"

// nobodyWaits gives an input whose answer is of no interest.
func (w *world) nobodyWaits(m *machine, do func(swim.RequestID)) {
	m.lastID++
	do(m.lastID)
}

func (w *world) restart(m *machine, clockOff time.Duration) {
	if m.up {
		w.phase.harmless = false
		w.kill(m, false)
	}
	w.measureCrash(m)
	w.launch(m, clockOff)
}

func (w *world) pause(m *machine, d time.Duration) {
	left := max(0, m.stopped-w.now)
	m.stopped = max(m.stopped, w.now+d)
	m.stops++
	m.stood += max(0, d-left)
	w.phase.disturb(m.stopped)
	w.queue.push(event{at: m.stopped, kind: resume, node: m.index, life: m.life})
}

// isFault reports whether a step is one that a cluster without faults would not
// see. Nodes may come and go, and say so.
func (s *Step) isFault() bool {
	switch s.Verb {
	case "restart", "list", "leave", "rejoin", "evict", "reap", "heal", "label", "mend":
		return false
	case "loss", "duplicate":
		return s.Rate > 0
	}
	return true
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// warmUp makes the membership that a warm start begins with.
func (w *world) warmUp() {
	for _, m := range w.machines[:w.script.Start] {
		cfg := w.regular(m)
		born := epoch.Add(m.ahead)
		w.warm = append(w.warm, wire.Change{
			Address: m.address, Incarnation: born.UnixMilli(), Status: wire.Alive, Labels: cfg.Swim.Labels,
			Source: m.address, SourceIncarnation: born.UnixMilli(), Timestamp: born.Unix(),
		})
	}
}

// welcome answers the joins of a warm start: everybody is there already.
func (w *world) welcome(f *flight) wire.Response {
	if _, ok := f.request.(*wire.JoinRequest); !ok || f.to == nil {
		return nil
	}
	const version = 1 // shared, as the memberships of cores are
	return &wire.JoinResponse{App: "sim", Coordinator: f.to.address, Membership: w.warm, Version: version}
}
