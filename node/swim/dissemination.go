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
	table   *table // its rows know where the change of a member is
	factor  int    // how often per power of ten of members
	max     int    // a change is dropped after it was sent this often
	pending []pendingChange
	last    issue

	// The request that is being answered, if it is one whose changes the answer
	// does not repeat; 0: none.
	request  uint64
	requests uint64
}

type pendingChange struct {
	wire.Change
	member number
	count  int32
	issue  issue
	heard  uint64 // in which request
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

// record makes a change of a member of the table pending. It replaces an older
// one.
func (d *dissemination) record(member number, c *wire.Change) {
	d.last++
	r := d.table.row(member)
	if r.pending == 0 {
		d.pending = append(d.pending, pendingChange{})
		r.pending = int32(len(d.pending))
	}
	d.pending[r.pending-1] = pendingChange{Change: *c, member: member, issue: d.last}
}

// clear drops the pending change of a member.
func (d *dissemination) clear(member number) {
	if i := d.table.row(member).pending; i > 0 {
		d.remove(int(i - 1))
	}
}

// drop clears all pending changes for which which holds.
func (d *dissemination) drop(which func(*wire.Change) bool) {
	for i := 0; i < len(d.pending); {
		if which(&d.pending[i].Change) {
			d.remove(i) // another one takes its place
		} else {
			i++
		}
	}
}

func (d *dissemination) remove(i int) {
	last := len(d.pending) - 1
	d.table.row(d.pending[i].member).pending = 0
	if i != last {
		d.pending[i] = d.pending[last]
		d.table.row(d.pending[i].member).pending = int32(i + 1)
	}
	d.pending[last] = pendingChange{}
	d.pending = d.pending[:last]
	if last == 0 && cap(d.pending) > fewPending {
		d.pending = nil // what a storm has needed is not kept
	}
}

// fewPending is how much room for pending changes is kept in quiet times.
const fewPending = 64

// forCall returns all pending changes, and what to pass to sent once the call
// has succeeded.
func (d *dissemination) forCall() ([]wire.Change, issue) {
	if len(d.pending) == 0 {
		return nil, 0
	}
	changes := make([]wire.Change, len(d.pending))
	for i := range d.pending {
		changes[i] = d.pending[i].Change
	}
	return changes, d.last
}

// sent counts the changes of a call that has reached somebody.
func (d *dissemination) sent(upTo issue) {
	for i := 0; i < len(d.pending); {
		if d.pending[i].issue > upTo || !d.bump(i) {
			i++
		}
	}
}

// bump counts one sending of a pending change and reports whether that was the
// last one, in which case another change has taken its place in the list.
func (d *dissemination) bump(i int) (dropped bool) {
	d.pending[i].count++
	if int(d.pending[i].count) >= d.max {
		d.remove(i)
		return true
	}
	return false
}

// begin says that a request with so many changes is going to be handled. When they
// are many, what it tells is not told back: in the storm of a split or of a heal,
// when both sides of an exchange hold mostly the same, that is half of the bytes.
// (Ringpop's nodes do tell it back.)
func (d *dissemination) begin(changes int) {
	d.request = 0
	if changes >= bulk {
		d.requests++
		d.request = d.requests
	}
}

// heard takes note that a request tells what is pending here, or has just become so.
func (d *dissemination) heard(member number, c *wire.Change) {
	if d.request == 0 {
		return
	}
	if i := d.table.row(member).pending; i > 0 {
		if p := &d.pending[i-1]; p.Incarnation == c.Incarnation && p.Status == c.Status {
			p.heard = d.request
		}
	}
}

// forAnswer returns the pending changes without those that the asker itself
// declared, and counts them as sent, since nobody will say whether the answer
// arrived. Those that the asker has just told are counted as well, and left out;
// known is how many.
func (d *dissemination) forAnswer(source wire.Address, incarnation int64) (changes []wire.Change, known int) {
	for i := 0; i < len(d.pending); {
		p := &d.pending[i]
		switch {
		case p.Source == source && p.SourceIncarnation == incarnation:
			i++
			continue
		case d.request != 0 && p.heard == d.request:
			known++
		default:
			changes = append(changes, p.Change)
		}
		if !d.bump(i) {
			i++
		}
	}
	return changes, known
}
