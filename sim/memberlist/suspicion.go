package memberlist

import (
	"math"
	"slices"
	"time"
)

// change is a state of a member, and who says so.
type change struct {
	of          int
	state       state
	incarnation int
	from        int
}

// suspicion is a timer that further accusers shorten.
type suspicion struct {
	began    time.Duration
	least    time.Duration
	longest  time.Duration
	confirms int   // how many further accusers make it the shortest
	accusers []int // the first one included
}

// ends returns when it is over.
func (s *suspicion) ends() time.Duration {
	if s.confirms < 1 {
		return s.began + s.least
	}
	share := math.Log(float64(len(s.accusers))) / math.Log(float64(s.confirms+1))
	return s.began + max(s.least, s.longest-time.Duration(share*float64(s.longest-s.least)))
}

// hear handles a change that a message carried, or that this node declares.
func (n *node) hear(c change) {
	m := &n.members[c.of]
	if c.of == n.id {
		if c.state != alive && c.incarnation >= m.incarnation {
			n.refute(c)
		}
		return
	}
	switch {
	case c.state == alive && c.incarnation > m.incarnation:
		n.become(m, c)
		m.suspicion = nil
	case c.state == suspect && c.incarnation >= m.incarnation && m.state == suspect:
		n.confirm(m, c)
	case c.state == suspect && c.incarnation >= m.incarnation && m.state == alive:
		n.become(m, c)
		n.suspect(m, c)
	case c.state == dead && c.incarnation >= m.incarnation && m.state != dead:
		n.become(m, c)
		m.suspicion = nil
		if n.Dead != nil {
			n.Dead(n.id, c.of)
		}
	}
}

func (n *node) become(m *member, c change) {
	m.state, m.incarnation, m.since = c.state, c.incarnation, n.now
	n.spread(c)
}

// refute out-bids an accusation of this node.
func (n *node) refute(c change) {
	m := &n.members[n.id]
	m.incarnation = c.incarnation + 1
	n.aware(1)
	n.spread(change{of: n.id, state: alive, incarnation: m.incarnation, from: n.id})
}

// suspect begins a suspicion.
func (n *node) suspect(m *member, c change) {
	running := 0
	for i := range n.members {
		if n.members[i].state != dead {
			running++
		}
	}
	least := time.Duration(float64(n.cfg.SuspicionMult) * max(1, math.Log10(float64(running))) * float64(n.cfg.ProbeInterval))
	s := &suspicion{
		began: n.now, least: least, longest: least * time.Duration(n.cfg.SuspicionMaxTimeoutMult),
		confirms: n.cfg.SuspicionMult - 2, accusers: []int{c.from},
	}
	if running-2 < s.confirms {
		s.confirms = 0
	}
	m.suspicion = s
	n.wait(c.of, s)
}

// confirm adds an accuser to a suspicion, and spreads the word of it.
func (n *node) confirm(m *member, c change) {
	s := m.suspicion
	if len(s.accusers) > s.confirms || slices.Contains(s.accusers, c.from) {
		return
	}
	s.accusers = append(s.accusers, c.from)
	n.spread(c)
	n.wait(c.of, s)
}

// wait declares a member dead at the end of its suspicion, unless that has ended before.
func (n *node) wait(of int, s *suspicion) {
	n.after(max(0, s.ends()-n.now), func() {
		m := &n.members[of]
		if m.suspicion != s || n.now < s.ends() {
			return
		}
		if n.Declared != nil {
			n.Declared(n.id, of)
		}
		n.hear(change{of: of, state: dead, incarnation: m.incarnation, from: n.id})
	})
}
