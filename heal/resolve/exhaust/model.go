package main

import (
	"fmt"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/heal/resolve/akka"
	"github.com/ringmend/ringmend/node/wire"
)

// history is what has happened to a member by the time of the split.
type history uint8

const (
	old         history = iota // it has been up for long, and all know it
	newcomer                   // it has just come; some may not know it yet
	leaver                     // it is leaving; some may not know that yet
	longGone                   // it left before; some count it out already
	allOfThem   = 4
	youngestAge = resolve.Youngest
)

// view is what one node believes of a member.
type view uint8

const (
	unknown view = iota
	unsettled
	settled
	leaving
	gone
)

// model says what a node may believe of a member with a history.
type model struct {
	name  string
	views [allOfThem][]view
}

// timed is the model of the guard. A member is settled when it has been up for longer than
// changes take to reach all members, so one that is unknown to any of them is settled for
// none.
var timed = model{"settled members are known to all", [allOfThem][]view{
	old:      {settled},
	newcomer: {unknown, unsettled},
	leaver:   {settled, leaving},
	longGone: {leaving, gone},
}}

// untimed is what may be believed when each node makes newcomers full members as it hears
// of them: when there is no leader that waits until all have seen them.
var untimed = model{"newcomers may count where others do not know them", [allOfThem][]view{
	old:      {settled},
	newcomer: {unknown, unsettled, settled},
	leaver:   {settled, leaving},
	longGone: {leaving, gone},
}}

// situation is what a node decides about: its side, and what it believes of each member.
type situation struct {
	side  uint // the bits of the members on it
	views []view
}

func (s *situation) here(i int) bool { return s.side&(1<<i) != 0 }

// decidable reports whether some node of the side can have these views: it knows itself.
func (s *situation) decidable() bool {
	for i, v := range s.views {
		if s.here(i) && v != unknown && v != gone {
			return true
		}
	}
	return false
}

// addresses and ages are the same in all situations; since every member has every
// history in turn, other ages would only give the members other names.
func address(i int) wire.Address { return wire.Address(fmt.Sprintf("%c:1", 'a'+i)) }

// decider tells whether a node in a situation keeps its side.
type decider interface {
	keeps(*situation) bool
}

// guard decides by the rules of package resolve.
type guard struct{ rules resolve.Rules }

func (g *guard) keeps(s *situation) bool {
	var sides resolve.Sides
	for i, v := range s.views {
		member := resolve.Counted{Address: address(i), Born: int64(i)}
		switch {
		case v == unknown || v == gone:
		case v == settled && s.here(i):
			sides.Own = append(sides.Own, member)
		default:
			sides.Other = append(sides.Other, member)
		}
	}
	return g.rules.Decide(sides).Keep
}

// published decides by the rules of package akka.
type published struct{ rules akka.Rules }

func (p *published) keeps(s *situation) bool {
	c := akka.NewCluster("")
	up := false
	for i, v := range s.views {
		if v == unknown {
			continue
		}
		m := akka.Member{Address: address(i), Status: status(v), Age: int64(i)}
		if v == unsettled {
			m.Age = youngestAge
		}
		c.Set(m)
		c.SetUnreachable(m.Address, !s.here(i))
		up = up || s.here(i) && (v == settled || v == leaving)
	}
	if !up {
		return false // a node decides only when it is up itself
	}
	d, _ := p.rules.Decide(c)
	return d == akka.DownUnreachable
}

func status(v view) akka.Status {
	switch v {
	case unsettled:
		return akka.Joining
	case leaving:
		return akka.Leaving
	case gone:
		return akka.Exiting
	}
	return akka.Up
}
