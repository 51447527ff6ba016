package core

import (
	"errors"
	"fmt"
	"time"

	"github.com/ringmend/ringmend/node/evict"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Why a member is not evicted, or readmitted.
var (
	ErrNoEvictions = errors.New("this node keeps no evictions: its rules are Ringpop's, or it has no labels")
	ErrLastMember  = errors.New("no member would be left in the ring")
	ErrEvictedMost = fmt.Errorf("the last words about %d members are kept, and the oldest one is an eviction: readmit it first, or reap what is down for good", evict.MaxRecords)
	ErrNotEvicted  = errors.New("the member is not evicted")
	ErrLastWord    = errors.New("what is known of the member is of the far future, and cannot be out-bid")
)

// evicting keeps what operators have said about members, and carries a part of it in the
// labels of this node. A nil one keeps nothing.
type evicting struct {
	node *swim.Node
	out  *swim.Effects
	now  time.Time
	list evict.List

	others map[wire.Address][]evict.Record // in the labels of other members
	mine   map[wire.Address]bool           // the records that this node carries, by their members
	due    time.Time                       // when this node carries those that too few do; zero: none are

	wanted wire.Status // of this node, if it were not evicted
	left   bool        // this node has left since it is evicted
}

func newEvicting(cfg *Config, node *swim.Node, out *swim.Effects, now time.Time) *evicting {
	if cfg.Heal.Ringpop || !cfg.Swim.Flavour.HasLabels() {
		return nil
	}
	return &evicting{
		node: node, out: out, now: now, wanted: wire.Alive,
		others: make(map[wire.Address][]evict.Record), mine: make(map[wire.Address]bool),
	}
}

// Evicted reports whether a member is evicted, as far as this node knows.
func (c *Core) Evicted(member wire.Address) bool {
	return c.evicting != nil && c.evicting.list.Evicted(member)
}

// Evictions returns the last words about members that were evicted, or readmitted after that.
func (c *Core) Evictions() []evict.Record {
	if c.evicting == nil {
		return nil
	}
	return c.evicting.list.Records()
}

// EvictMember puts a member out of the rings of all nodes that know this rule, until it is
// readmitted. If it is one of them itself it leaves, which puts it out of all rings. If it is
// faulty it is forgotten as well.
func (c *Core) EvictMember(now time.Time, member wire.Address) (evict.Record, error) {
	c.Advance(now)
	e := c.evicting
	if e == nil {
		return evict.Record{}, ErrNoEvictions
	}
	if e.isLast(member) {
		return evict.Record{}, ErrLastMember
	}
	if !e.list.HasRoomFor(member) {
		return evict.Record{}, ErrEvictedMost
	}
	r, err := e.say(member, true)
	if m, known := c.node.Member(member); err == nil && known && m.Status == wire.Faulty {
		c.node.ReapMember(member)
	}
	return r, err
}

// ReadmitMember takes the eviction of a member back.
func (c *Core) ReadmitMember(now time.Time, member wire.Address) (evict.Record, error) {
	c.Advance(now)
	e := c.evicting
	switch {
	case e == nil:
		return evict.Record{}, ErrNoEvictions
	case !e.list.Evicted(member):
		return evict.Record{}, ErrNotEvicted
	}
	return e.say(member, false)
}

// isLast reports whether no other member than this one is in the ring.
func (e *evicting) isLast(member wire.Address) bool {
	last := true
	e.node.Each(func(m *swim.Member) bool {
		if m.Status.Pingable() && m.Address != member && !e.list.Evicted(m.Address) {
			last = false
		}
		return last
	})
	return last
}

// say records a new word about a member.
func (e *evicting) say(member wire.Address, evicted bool) (evict.Record, error) {
	r := e.list.Next(member, evicted, e.now.UnixMilli())
	if r.Version > evict.MaxVersion {
		return r, ErrLastWord
	}
	e.mine[member] = true
	e.take([]evict.Record{r})
	e.count()
	return r, nil
}

// take merges records into the list.
func (e *evicting) take(records []evict.Record) {
	var changed evict.Changed
	any := false
	for _, r := range records {
		was := e.list.Evicted(r.Member)
		if !e.list.Merge(r) {
			continue
		}
		any = true
		switch is := e.list.Evicted(r.Member); {
		case is && !was:
			changed.Evicted = append(changed.Evicted, r.Member)
		case was && !is:
			changed.Readmitted = append(changed.Readmitted, r.Member)
		}
	}
	if !any {
		return
	}
	if len(changed.Evicted)+len(changed.Readmitted) > 0 {
		e.out.Events = append(e.out.Events, changed)
	}
	e.label()
	e.obey()
}

// obey makes this node leave while it is evicted.
func (e *evicting) obey() {
	self := e.node.Self()
	switch evicted := e.list.Evicted(self.Address); {
	case !e.node.Ready():
	case evicted && self.Status == wire.Alive:
		e.left = true
		e.node.SetStatus(wire.Leave)
	case !evicted && e.left:
		e.left = false
		if e.wanted == wire.Alive && self.Status == wire.Leave {
			e.node.SetStatus(wire.Alive)
		}
	}
}

// want is told which status the application wants, and reports whether this node may have it.
func (e *evicting) want(status wire.Status) bool {
	if e == nil {
		return true
	}
	e.wanted = status
	if status == wire.Alive && e.list.Evicted(e.node.Address()) {
		e.left = true // and comes back when it is readmitted
		return false
	}
	return true
}

// observe reads the labels of members that have changed.
func (e *evicting) observe(events []swim.Event) {
	if e == nil {
		return
	}
	for _, event := range events {
		switch event := event.(type) {
		case swim.MembersChanged:
			e.changed(event.Changes)
		case swim.Joined:
			e.obey()
		}
	}
}

func (e *evicting) changed(changes []swim.MemberChange) {
	var news []evict.Record
	for _, c := range changes {
		address := c.Address()
		if address == e.node.Address() {
			continue
		}
		delete(e.others, address)
		if c.After == nil || len(c.After.Labels) == 0 {
			continue
		}
		if records := evict.Parse(c.After.Labels); records != nil {
			e.others[address] = records
			news = append(news, records...)
		}
	}
	e.take(news)
	if e.list.Len() > 0 {
		e.count()
	}
}

// at sets the time.
func (e *evicting) at(now time.Time) {
	if e != nil {
		e.now = now
	}
}
