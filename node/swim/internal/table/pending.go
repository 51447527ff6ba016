package table

import (
	"iter"
	"math"

	"github.com/ringmend/ringmend/node/wire"
)

// Pending holds the changes that are being disseminated: of which members there are
// any. The changes themselves are the rows of these members.
//
// In a storm that is nearly all members, and all of them go into each message. As long
// as the list is in the order of the rows, so are the messages, and a receiver also goes
// through its own rows in order, which is several times as fast as at random.
type Pending struct {
	table        *Table
	maxTransmits int // a change is dropped once it was sent this often

	list   []MemberID // no number twice; those whose rows are no longer pending are gaps
	gaps   int        // how many of list are gaps
	breaks int        // how often a number in list is less than the one before

	// In a storm nearly all changes are sent each time, so they are counted together:
	// see row.transmitBase.
	transmitted uint16
	maxSoFar    int // no pending change was sent more often

	last Serial // of the change that was put last; 0: none

	accusersAreNews bool

	request  uint32 // the request that is being handled, if its changes are feedback; 0: none
	requests uint32 // how many there were, modulo 2^32
}

// Serial numbers the changes that were ever put: what a call carried must not count for
// a change that has replaced it meanwhile. A call carries all that is pending, so the
// last serial says what it carried. The numbers begin anew when they are used up; 0 is
// none of them.
type Serial uint32

// notAfter reports whether one change was not put after another.
func (s Serial) notAfter(other Serial) bool { return int32(s-other) <= 0 }

const (
	// maxTransmitsLimit leaves room in row.transmitBase for twice as many, since
	// what is over may be dropped late: see [Pending.countAll].
	maxTransmitsLimit = math.MaxInt16 - 1
	// keptPending is how much room for pending changes is kept in quiet times.
	keptPending = 64
	// lazyFrom is the length from which on the list is not walked just to drop what was
	// sent often enough.
	lazyFrom = 32
	// orderedRun is how many members in a row are in order, on average, in a list that
	// is not sorted again.
	orderedRun = 16
)

// NewPending returns an empty list.
func NewPending(t *Table) *Pending { return &Pending{table: t, maxTransmits: 1} }

// SetMaxTransmits sets after how many sendings a change is dropped, at least one.
func (p *Pending) SetMaxTransmits(n int) { p.maxTransmits = min(n, maxTransmitsLimit) }

// MaxTransmits returns after how many sendings a change is dropped.
func (p *Pending) MaxTransmits() int { return p.maxTransmits }

// Len returns how many changes are pending.
func (p *Pending) Len() int { return len(p.list) - p.gaps }

// Has reports whether there is a change of a member.
func (p *Pending) Has(m MemberID) bool {
	r := &p.table.rows[m]
	return r.is(pending) && p.times(r) < p.maxTransmits
}

// Last returns the serial of the change that was put last; 0 if none was.
func (p *Pending) Last() Serial { return p.last }

// Put makes what is believed of a member pending, as declared by an origin, in place of
// what was. It counts as sent times already.
func (p *Pending) Put(m MemberID, by OriginID, times int) {
	p.last = max(1, p.last+1) // which passes over 0
	origins := &p.table.addresses.origins
	origins.hold(by)
	r := &p.table.rows[m]
	switch {
	case r.is(pending):
		origins.release(r.origin)
	case r.is(inPendingList):
		p.gaps--
	default:
		r.mark(inPendingList, true)
		if last := len(p.list) - 1; last >= 0 && p.list[last] > m {
			p.breaks++
		}
		p.list = append(p.list, m)
	}
	r.mark(pending, true)
	r.origin, r.serial, r.heardIn, r.transmitBase = by, p.last, 0, p.transmitted-uint16(times)
	p.maxSoFar = max(p.maxSoFar, times)
}

// Remove drops the pending change of a member, if there is one.
func (p *Pending) Remove(m MemberID) {
	if r := &p.table.rows[m]; r.is(pending) {
		p.remove(r)
		p.tidy()
	}
}

// RemoveIf drops all pending changes to statuses for which which holds.
func (p *Pending) RemoveIf(which func(wire.Status) bool) {
	for _, r := range p.all() {
		if which(r.status) {
			p.remove(r)
		}
	}
	p.tidy()
}

// First returns the first n pending changes.
func (p *Pending) First(n int) ChangeSet {
	p.tidy()
	if n == 0 {
		return p.table.NewSet()
	}
	b := p.table.newSetFor(n)
	part := n < p.Len() // else the walk ends by itself
	for m, r := range p.due() {
		p.table.Tell(&b, m, r.origin)
		if part && len(b.list) == n {
			break
		}
	}
	return b
}

// Sent counts one sending of each change up to a serial that is still pending; 0 is
// none.
func (p *Pending) Sent(upTo Serial) {
	switch {
	case upTo == 0 || p.Len() == 0:
		return
	case upTo == p.last:
		p.SentAll(1)
		return
	}
	for _, r := range p.all() {
		if r.serial.notAfter(upTo) {
			p.count(r)
		}
	}
	p.tidy()
}

// SentAll counts so many sendings of all that is pending. What was sent often enough is
// dropped; from a long list that happens when it is walked next, as a rule.
func (p *Pending) SentAll(times int) {
	p.transmitted += uint16(times)
	p.maxSoFar += times
	if p.maxSoFar >= p.maxTransmits && (len(p.list) < lazyFrom || p.maxSoFar >= 2*p.maxTransmits) {
		for range p.due() { // drops the rest
		}
		p.tidy()
	}
}

// Counts returns the pending changes, and how often each counts as sent. It is for
// tests, and changes nothing.
func (p *Pending) Counts() iter.Seq2[wire.Change, int] {
	return func(yield func(wire.Change, int) bool) {
		for m, r := range p.all() {
			b := p.table.NewSet()
			p.table.Tell(&b, m, r.origin)
			if !yield(b.At(0), p.times(r)) {
				return
			}
		}
	}
}

// all returns the members with pending changes. They may be removed meanwhile.
func (p *Pending) all() iter.Seq2[MemberID, *row] {
	return func(yield func(MemberID, *row) bool) {
		rows := p.table.rows
		for _, m := range p.list {
			if r := &rows[m]; r.is(pending) && !yield(m, r) {
				return
			}
		}
	}
}

// due is all without what was sent often enough, which it drops.
func (p *Pending) due() iter.Seq2[MemberID, *row] {
	return func(yield func(MemberID, *row) bool) {
		rows, most, enough := p.table.rows, 0, p.maxTransmits
		for _, m := range p.list {
			r := &rows[m]
			switch {
			case !r.is(pending):
				continue
			case p.times(r) >= enough:
				p.remove(r)
				continue
			case !yield(m, r):
				return
			}
			most = max(most, p.times(r))
		}
		p.maxSoFar = most // all have been looked at
	}
}

// times returns how often the pending change of a row counts as sent.
func (p *Pending) times(r *row) int { return int(p.transmitted - r.transmitBase) }

// count counts one sending of the pending change of a row, and drops it if it was sent
// often enough.
func (p *Pending) count(r *row) {
	r.transmitBase--
	times := p.times(r)
	p.maxSoFar = max(p.maxSoFar, times)
	if times >= p.maxTransmits {
		p.remove(r)
	}
}

// remove drops the pending change of a row.
func (p *Pending) remove(r *row) {
	p.table.addresses.origins.release(r.origin)
	r.mark(pending, false)
	p.gaps++
}

// tidy takes out the gaps if they are many, and sorts the list if it is long and in
// disorder.
func (p *Pending) tidy() {
	switch {
	case p.gaps == len(p.list):
		p.empty()
	case 4*len(p.list) > len(p.table.rows) && orderedRun*p.breaks > len(p.list):
		p.sort()
	case 4*p.gaps > len(p.list):
		p.compact()
	}
}

// empty takes out the gaps of a list that has nothing else.
func (p *Pending) empty() {
	for _, m := range p.list {
		p.table.rows[m].mark(inPendingList, false)
	}
	p.list, p.gaps, p.breaks, p.maxSoFar = p.list[:0], 0, 0, 0
	if cap(p.list) > keptPending {
		p.list = nil // what a storm has needed is not kept
		if !p.table.shared {
			p.table.addresses.free.drop()
		}
	}
}

// sort makes the list anew, from the rows.
func (p *Pending) sort() {
	p.list = p.list[:0]
	for m := range p.table.rows {
		r := &p.table.rows[m]
		r.mark(inPendingList, r.is(pending))
		if r.is(pending) {
			p.list = append(p.list, MemberID(m))
		}
	}
	p.gaps, p.breaks = 0, 0
}

// compact takes out the gaps.
func (p *Pending) compact() {
	rows, kept := p.table.rows, p.list[:0]
	for _, m := range p.list {
		if rows[m].is(pending) {
			kept = append(kept, m)
		} else {
			rows[m].mark(inPendingList, false)
		}
	}
	p.list, p.gaps = kept, 0
}
