package plan

import (
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// losses detects when many members turn faulty together and do not answer the guard. That
// may be a split whose other side cannot be reached, and holds all members of this one
// faulty, at the incarnations that they had. They are told to reincarnate while there is
// time: when the network returns, nothing that the other side says can kill them, however
// late it arrives. If it is not a split, higher incarnations are the only effect.
//
// The lost cannot be told before they are reached. Then each moment counts: a ping
// that TCP has kept since before the cut may bring one of them all that this side
// believes. They are told as soon as any of them answers. See [Rescue].
type losses struct {
	lost    map[wire.Address]bool
	when    time.Time // of the last loss
	many    int       // lost together
	pending []Rebirth
	// gone are those that are lost since many were lost together, as they are held here: the
	// other side, if it is a split.
	gone map[wire.Address]wire.Member
	told map[wire.Address]time.Time // when they were told, of gone; nil: it seems to be none
}

const (
	// lossesWithin is how long after each other members are lost together.
	lossesWithin = 15 * time.Second
	// lossesSettle is how long no further member must have been lost.
	lossesSettle = 2 * time.Second
	// lossesShare is the part of all members that must be lost: one in lossesShare, and at
	// least two.
	lossesShare = 5
	// rescueEvery is how long one of the lost that was told has to answer.
	rescueEvery = 500 * time.Millisecond
)

// saw records what a look showed.
func (l *losses) saw(now time.Time, v *admin.Verdict) {
	lost := make(map[wire.Address]bool, len(v.Faulty))
	fresh := 0
	for _, m := range v.Faulty {
		lost[m] = true
		if l.lost != nil && !l.lost[m] {
			fresh++
		}
	}
	first := l.lost == nil
	l.lost = lost
	if len(lost) == 0 || len(v.Sides) > 1 {
		l.gone, l.told = nil, nil
	}
	if first || len(v.Sides) != 1 {
		l.many, l.pending = 0, nil
		return
	}
	if fresh > 0 {
		if now.Sub(l.when) > lossesWithin {
			l.many = 0
		}
		l.many += fresh
		l.when = now
	}
	together := l.many >= max(2, (v.Members()+lossesShare-1)/lossesShare)
	if together && l.told == nil {
		l.told = make(map[wire.Address]time.Time)
	}
	if l.told != nil {
		l.gone = downOf(&v.Sides[0], lost)
	}
	if !together || now.Sub(l.when) < lossesSettle {
		return
	}
	l.many = 0
	l.pending = livesOf(&v.Sides[0])
}

// livesOf returns the nodes of a side, each to be told that it is suspected at the
// incarnation at which it is alive.
func livesOf(s *admin.Side) []Rebirth {
	alive := newBeliefs(s.Views).alive
	var all []Rebirth
	for _, node := range s.Nodes {
		if m, known := alive[node]; known {
			m.Status = wire.Suspect
			all = append(all, Rebirth{Member: node, Suspect: changeOf(m), Via: []wire.Address{node}})
		}
	}
	return all
}

// due returns the members that are to be told, once.
func (l *losses) due() []Rebirth {
	all := l.pending
	l.pending = nil
	return all
}

// downOf returns the members that a side holds faulty, at the highest incarnation, of those
// that are lost. Those that left are not: they must not be brought back.
func downOf(s *admin.Side, lost map[wire.Address]bool) map[wire.Address]wire.Member {
	down := make(map[wire.Address]wire.Member)
	for m, held := range newBeliefs(s.Views).strongest {
		if lost[m] && held.Incarnation < wire.MaxIncarnation {
			down[m] = held
		}
	}
	return down
}

// Scattered reports whether many members were lost together, and not seen since: the other
// side of a split may be there again at any moment.
func (h *Healer) Scattered() bool { return len(h.losses.gone) > 0 }
