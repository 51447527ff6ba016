package resolve

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// roster is all members that the resolver knows, and how many of the own data center are
// missed or suspect.
type roster struct {
	self     wire.Address
	rows     map[wire.Address]*row
	missed   int
	suspects int
	off      int    // written off
	vanished bool   // a member that was unreachable has gone for good
	version  uint64 // grows with each change
}

func newRoster(self wire.Address) roster {
	return roster{self: self, rows: make(map[wire.Address]*row)}
}

// ours reports whether the row is of the node's data center.
func (t *roster) ours(r *row) bool {
	me := t.rows[t.self]
	return me == nil || r.dc == me.dc
}

func (t *roster) tally(r *row, by int) {
	t.version++
	switch {
	case !t.ours(r):
	case r.writtenOff:
		t.off += by
	case r.missed():
		t.missed += by
	case r.status == wire.Suspect:
		t.suspects += by
	}
}

// edit changes a row and keeps the counts.
func (t *roster) edit(r *row, change func()) {
	t.tally(r, -1)
	change()
	t.tally(r, +1)
}

func (t *roster) add(r *row) {
	t.rows[r.address] = r
	t.tally(r, +1)
}

func (t *roster) remove(r *row) {
	t.tally(r, -1)
	delete(t.rows, r.address)
}

// recount counts again, after the node's own data center has changed.
func (t *roster) recount() {
	t.missed, t.suspects, t.off = 0, 0, 0
	for _, r := range t.rows {
		t.tally(r, +1)
	}
}

// change is what a change of a member means for the resolver.
type change uint8

const (
	noChange   change = iota
	moved             // a newcomer, a leave, a member has gone
	turnedDead        // one of the base is unreachable now
	cameBack          // one that was unreachable is reachable
)

// preview says what a change of a member will mean, before it is applied.
func (t *roster) preview(c *swim.MemberChange) change {
	address := c.Address()
	r := t.rows[address]
	dead := c.After == nil || c.After.Status.Dead()
	switch {
	case address == t.self, r != nil && r.status == wire.Leave && dead:
		return noChange
	case r == nil:
		if c.After == nil || c.After.Status == wire.Tombstone {
			return noChange // never known as anything else
		}
		if dead {
			return turnedDead
		}
		return moved
	case dead && r.reachable():
		return turnedDead
	case dead:
		return noChange
	case c.After.Status == wire.Leave:
		if r.status == wire.Leave {
			return noChange
		}
		return moved
	case r.status.Dead():
		return cameBack
	case r.status == wire.Leave, r.born != bornOf(c.After):
		return moved
	}
	return noChange
}

// apply takes over a change of a member.
func (t *roster) apply(now time.Time, c *swim.MemberChange, means change) {
	address := c.Address()
	r := t.rows[address]
	if r == nil {
		if c.After == nil || c.After.Status == wire.Tombstone {
			return
		}
		r = &row{address: address, since: now, changed: true}
		r.take(c.After)
		t.add(r)
	} else if c.After == nil || c.After.Status == wire.Tombstone {
		t.bury(r)
	} else if c.After.Status == wire.Faulty && (r.status == wire.Leave || address == t.self) {
		return // a member that left is not missed, and no node misses itself
	} else {
		dc := r.dc
		t.edit(r, func() {
			r.take(c.After)
			r.reaped = r.reaped && r.status.Dead()
			r.writtenOff = r.writtenOff && r.status.Dead()
			if means != noChange && r.status != wire.Faulty {
				r.since = now
			}
			r.changed = r.changed || means != noChange
		})
		if address == t.self && dc != r.dc {
			t.recount()
		}
	}
}

// bury records that a member is gone for good. A missed one is still missed.
func (t *roster) bury(r *row) {
	if r.address == t.self {
		return
	}
	if r.writtenOff || r.status == wire.Leave {
		t.vanished = t.vanished || r.writtenOff
		t.remove(r)
		return
	}
	t.edit(r, func() { r.status, r.reaped, r.changed = wire.Faulty, true, true })
}

// freeze records which members are settled, at the beginning of an uncertain period.
func (t *roster) freeze(now time.Time, settle time.Duration) {
	for _, r := range t.rows {
		r.settled, r.changed = r.isSettled(now, settle), false
	}
}

// sides counts the members. restless says that those that have changed since the period
// began, or are suspect, do not count for this side.
func (t *roster) sides(role string, restless bool) (s Sides) {
	for _, r := range t.rows {
		if !t.counted(r, role) {
			continue
		}
		member := Counted{r.address, r.born}
		switch {
		case t.own(r, restless):
			s.Own = append(s.Own, member)
		case r.status == wire.Leave && r.settled:
			// gone
		default:
			s.Other = append(s.Other, member)
		}
	}
	return s
}

// counted reports whether the member counts on one side or the other, unless it has left.
func (t *roster) counted(r *row, role string) bool {
	return t.ours(r) && !r.writtenOff && (role == "" || r.role == role)
}

func (t *roster) own(r *row, restless bool) bool {
	if restless && (r.changed || r.status == wire.Suspect) {
		return false
	}
	return r.reachable() && r.settled
}

// list returns the members of the node's data center for which is holds, in order.
func (t *roster) list(is func(*row) bool) []wire.Address {
	var list []wire.Address
	for _, r := range t.rows {
		if t.ours(r) && is(r) {
			list = append(list, r.address)
		}
	}
	slices.SortFunc(list, CompareAddresses)
	return list
}

// all is for the whole base.
func all(*row) bool { return true }

// base returns the members of the base for which is holds, in order.
func (t *roster) base(is func(*row) bool) []wire.Address {
	return t.list(func(r *row) bool { return !r.writtenOff && r.status != wire.Leave && is(r) })
}

// writeOff stops missing members, and returns them in order.
func (t *roster) writeOff(which func(*row) bool) []wire.Address {
	off := t.list(func(r *row) bool { return r.missed() && which(r) })
	for _, address := range off {
		if r := t.rows[address]; r.reaped {
			t.vanished = true
			t.remove(r)
		} else {
			t.edit(r, func() { r.writtenOff = true })
		}
	}
	return off
}

// writtenOff returns the members that are written off, in order.
func (t *roster) writtenOff() []wire.Address {
	return t.list(func(r *row) bool { return r.writtenOff })
}
