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
	factor  int // how often per power of ten of members
	max     int // a change is dropped after it was sent this often
	pending []pendingChange
	index   map[wire.Address]int // where in pending; at most one change a member
	lastID  uint64
}

type pendingChange struct {
	wire.Change
	id    uint64 // never used again, so that an old change's acknowledgement does not count for a newer one
	count int
}

func newDissemination(factor int) dissemination {
	return dissemination{factor: factor, max: factor, index: make(map[wire.Address]int)}
}

// resize sets the maximum for a cluster with n pingable members besides the
// node itself.
func (d *dissemination) resize(n int) {
	d.max = d.factor * int(math.Ceil(math.Log10(float64(n+1))))
}

// record makes a change pending. It replaces an older one of the same member.
func (d *dissemination) record(c wire.Change) {
	d.lastID++
	p := pendingChange{Change: c, id: d.lastID}
	if i, ok := d.index[c.Address]; ok {
		d.pending[i] = p
		return
	}
	d.index[c.Address] = len(d.pending)
	d.pending = append(d.pending, p)
}

// clear drops the pending change of a member.
func (d *dissemination) clear(address wire.Address) {
	if i, ok := d.index[address]; ok {
		d.drop(i)
	}
}

func (d *dissemination) drop(i int) {
	last := len(d.pending) - 1
	delete(d.index, d.pending[i].Address)
	if i != last {
		d.pending[i] = d.pending[last]
		d.index[d.pending[i].Address] = i
	}
	d.pending[last] = pendingChange{}
	d.pending = d.pending[:last]
}

// issued remembers which changes were sent with a call.
type issued []issuedChange

type issuedChange struct {
	address wire.Address
	id      uint64
}

// forCall returns all pending changes, and what to pass to sent once the call
// has succeeded.
func (d *dissemination) forCall() ([]wire.Change, issued) {
	if len(d.pending) == 0 {
		return nil, nil
	}
	changes := make([]wire.Change, len(d.pending))
	ids := make(issued, len(d.pending))
	for i := range d.pending {
		changes[i] = d.pending[i].Change
		ids[i] = issuedChange{d.pending[i].Address, d.pending[i].id}
	}
	return changes, ids
}

// sent counts changes that have reached somebody.
func (d *dissemination) sent(ids issued) {
	for _, sent := range ids {
		if i, ok := d.index[sent.address]; ok && d.pending[i].id == sent.id {
			d.bump(i)
		}
	}
}

// bump counts one sending of a pending change and reports whether that was the
// last one, in which case another change has taken its place in the list.
func (d *dissemination) bump(i int) (dropped bool) {
	d.pending[i].count++
	if d.pending[i].count >= d.max {
		d.drop(i)
		return true
	}
	return false
}

// forAnswer returns the pending changes without those that the asker itself
// declared, and counts them as sent, since nobody will say whether the answer
// arrived.
func (d *dissemination) forAnswer(source wire.Address, incarnation int64) []wire.Change {
	var changes []wire.Change
	for i := 0; i < len(d.pending); {
		c := &d.pending[i].Change
		if c.Source == source && c.SourceIncarnation == incarnation {
			i++
			continue
		}
		changes = append(changes, *c)
		if !d.bump(i) {
			i++
		}
	}
	return changes
}
