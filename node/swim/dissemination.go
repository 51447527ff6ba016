package swim

import (
	"math"

	"github.com/ringmend/ringmend/node/wire"
)

// dissemination is what is to be told to the others. Every pending change rides
// on every ping, ping-req and answer, until it has been sent so often that
// everybody has heard of it with high probability (section 4.1 of the SWIM
// paper).
type dissemination struct {
	table   *table
	factor  int // how often per power of ten of members
	max     int // a change is dropped after it was sent this often
	pending pendingList
	last    issue
	twice   bool // a defect, see [Defects.TellsTwice]

	// The request that is being answered, if it is one whose changes the answer
	// does not repeat; 0: none.
	request  uint32
	requests uint32
}

func newDissemination(t *table, factor int) dissemination {
	return dissemination{table: t, factor: factor, max: factor, pending: pendingList{table: t}}
}

// issue numbers what was ever made pending, and is never used again: an old
// change's acknowledgement must not count for a newer one. A call carries
// everything that is pending, so the last issue says what it carried.
type issue uint64

// resize sets the maximum for a cluster with n pingable members besides the
// node itself.
func (d *dissemination) resize(n int) {
	d.max = d.factor * int(math.Ceil(math.Log10(float64(n+1))))
}

// record makes a change of a member of the table, whose row says the same, pending.
// It replaces an older one.
func (d *dissemination) record(member number, c *wire.Change) {
	d.last++
	source := nobody
	if c.Source != "" {
		source = d.table.book.acquire(c.Source)
	}
	r := d.table.row(member)
	d.pending.put(pendingChange{
		incarnation: r.incarnation, sourceIncarnation: c.SourceIncarnation, timestamp: c.Timestamp, issue: d.last,
		member: member, source: source, status: r.status, labelled: r.labelled,
	})
}

// write makes what a message says of a change.
func (d *dissemination) write(c *wire.Change, p *pendingChange) {
	book := d.table.book
	c.SourceIncarnation = p.sourceIncarnation
	c.Address = book.address(p.member)
	c.Incarnation = p.incarnation
	c.Status = p.status
	c.Hint = p.member.hint()
	c.Timestamp = p.timestamp
	if p.source != nobody {
		c.Source = book.address(p.source)
	}
	if p.labelled {
		c.Labels = d.table.labels[p.member]
	}
}

// clear drops the pending change of a member.
func (d *dissemination) clear(member number) {
	if p := d.pending.of(member); p != nil {
		d.pending.remove(p)
		d.pending.tidy()
	}
}

// drop clears all pending changes to statuses for which which holds.
func (d *dissemination) drop(which func(wire.Status) bool) {
	for p := range d.pending.all() {
		if which(p.status) {
			d.pending.remove(p)
		}
	}
	d.pending.tidy()
}

// load is what a call carries.
type load struct {
	changes []wire.Change
	upTo    issue // what to pass to sent once the call has succeeded
}

// forCall returns all pending changes. Calls that are made together can carry the
// same.
func (d *dissemination) forCall() load {
	return load{d.some(d.pending.len()), d.last}
}

// forErrand returns what a ping carries that another node has asked for, to a target
// that probably is not there: a few changes, which then count as not sent.
func (d *dissemination) forErrand() load {
	if d.pending.len() < bulk || d.twice {
		return d.forCall()
	}
	return load{d.some(bulk), 0}
}

// some returns the first n pending changes.
func (d *dissemination) some(n int) []wire.Change {
	d.pending.tidy()
	if n == 0 {
		return nil
	}
	changes := make([]wire.Change, 0, n)
	for p := range d.pending.all() {
		changes = append(changes, wire.Change{})
		d.write(&changes[len(changes)-1], p)
		if len(changes) == n {
			break
		}
	}
	return changes
}

// sent counts the changes of a call that has reached somebody.
func (d *dissemination) sent(upTo issue) {
	for p := range d.pending.all() {
		if p.issue <= upTo {
			d.bump(p)
		}
	}
	d.pending.tidy()
}

// bump counts one sending of a pending change, which is dropped after the last one.
func (d *dissemination) bump(p *pendingChange) {
	p.count++
	if int(p.count) >= d.max {
		d.pending.remove(p)
	}
}

// begin says that a request with so many changes is going to be handled. When they
// are many, what it tells is not told back: in the storm of a split or of a heal,
// when both sides of an exchange hold mostly the same, that is half of the bytes.
// (Ringpop's nodes do tell it back.)
func (d *dissemination) begin(changes int) {
	d.request = 0
	if changes >= bulk && !d.twice {
		d.requests = max(1, d.requests+1) // which passes over 0
		d.request = d.requests
	}
}

// end says that the request has been handled.
func (d *dissemination) end() { d.request = 0 }

// heard takes note that a request tells what is pending here; news are what has
// become so just now. To be told what one tells others means that others tell it,
// too, and so it counts as sent ("feedback" in section 1.4 of Demers et al.,
// Epidemic algorithms for replicated database maintenance, 1987).
func (d *dissemination) heard(member number, c *wire.Change, news bool) {
	if d.request == 0 {
		return
	}
	p := d.pending.of(member)
	if p == nil || p.incarnation != c.Incarnation || p.status != c.Status {
		return
	}
	p.heard = d.request
	if !news {
		p.count++
	}
}

// forAnswer returns the pending changes without those that the asker itself
// declared, and counts them as sent, since nobody will say whether the answer
// arrived. Those that the asker has just told are counted as well, and left out;
// known is how many.
func (d *dissemination) forAnswer(source wire.Address, incarnation int64) (changes []wire.Change, known int) {
	if d.pending.len() == 0 {
		return nil, 0
	}
	asker, ok := d.table.book.find(source)
	if !ok {
		asker = nobody - 1 // has declared nothing
	}
	for p := range d.pending.all() {
		if p.source == asker && p.sourceIncarnation == incarnation {
			continue
		}
		if d.request != 0 && p.heard == d.request {
			known++
		} else {
			changes = append(changes, wire.Change{})
			d.write(&changes[len(changes)-1], p)
		}
		d.bump(p)
	}
	d.pending.tidy()
	return changes, known
}
