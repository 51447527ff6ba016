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
	table        *table
	factor       int // how often per power of ten of members
	maxTransmits int // a change is dropped after it was sent this often
	pending      pendingList
	last         serial
	rules        *Rules

	// The request that is being answered, if it is one whose changes the answer
	// does not repeat; 0: none.
	request  uint32
	requests uint32

	// peerAgrees is set when the last request came from a node with the same membership.
	peerAgrees bool
}

func newDissemination(t *table, factor int, rules *Rules) dissemination {
	return dissemination{table: t, factor: factor, rules: rules, maxTransmits: factor, pending: pendingList{table: t}}
}

// resize sets the maximum for a cluster with n pingable members besides the
// node itself. Twice as much must fit into what a row counts.
//
// Without any the maximum is that of one: members that have left are pinged by nobody,
// and ask those that are there.
func (d *dissemination) resize(n int) {
	d.maxTransmits = min(d.factor*max(1, int(math.Ceil(math.Log10(float64(n+1))))), math.MaxInt16-1)
}

// record makes what the table says of a member pending, in place of what was.
// declared is by whom.
func (d *dissemination) record(m memberID, declared originID) {
	d.last = max(1, d.last+1) // which passes over 0
	d.pending.put(m, declared, d.last, d.initialTransmits(m))
}

// initialTransmits returns how often a new change counts as sent already. In a storm that is
// half of what is enough for one to suspect or faulty: nodes find out themselves who
// does not answer, or has been suspect for too long, should they not be told. (What a
// member says of itself nobody finds out.)
func (d *dissemination) initialTransmits(m memberID) int {
	switch d.table.row(m).status {
	case wire.Suspect, wire.Faulty:
		if d.storm() && d.rules.tellsBadNewsLess() {
			return d.maxTransmits / 2
		}
	}
	return 0
}

// clear drops the pending change of a member.
func (d *dissemination) clear(m memberID) {
	if r := d.table.row(m); r.is(pending) {
		d.pending.remove(r)
		d.pending.tidy()
	}
}

// drop clears all pending changes to statuses for which which holds.
func (d *dissemination) drop(which func(wire.Status) bool) {
	for _, r := range d.pending.all() {
		if which(r.status) {
			d.pending.remove(r)
		}
	}
	d.pending.tidy()
}

// storm reports whether so much is pending that it is not told where it need not be.
func (d *dissemination) storm() bool { return d.pending.len() >= bulk }

// receipt says what counts as sent once a call has succeeded.
type receipt struct {
	upTo serial // what was issued until then; 0: nothing
	// ifAgreed means that the call carried a part of it only, and that all of it
	// counts if who answers has the same membership, and so knows it.
	ifAgreed bool
}

// allPending is the receipt of all that is pending.
func (d *dissemination) allPending() receipt { return receipt{upTo: d.last} }

// forCall returns all pending changes. Calls that are made together can carry the
// same.
func (d *dissemination) forCall() (ChangeSet, receipt) {
	return d.first(d.pending.len()), d.allPending()
}

// forLivenessPing returns what a call carries that is to find out whether somebody is
// there who probably is not: a few changes, which then count as not sent.
func (d *dissemination) forLivenessPing() (ChangeSet, receipt) {
	if !d.storm() || !d.rules.mayAskWithPart() {
		return d.forCall()
	}
	return d.first(bulk), receipt{}
}

// forProbe returns what a ping in its turn carries: all pending changes, or a few of
// many when it is likely that everybody knows them. Most of what a storm carries is
// carried after that, while nobody can be sure yet.
func (d *dissemination) forProbe() (ChangeSet, receipt) {
	if !d.storm() || !d.peerAgrees || !d.rules.mayPingWithPart() {
		return d.forCall()
	}
	return d.first(bulk), receipt{upTo: d.last, ifAgreed: true}
}

// first returns the first n pending changes.
func (d *dissemination) first(n int) ChangeSet {
	d.pending.tidy()
	b := ChangeSet{addresses: d.table.addresses}
	if n == 0 {
		return b
	}
	b.list = b.addresses.alloc(n)
	part := n < d.pending.len() // else the walk ends by itself
	for m, r := range d.pending.due(d.maxTransmits) {
		d.table.tell(&b, m, r.declared)
		if part && len(b.list) == n {
			break
		}
	}
	return b
}

// sent counts the changes of a call that has reached somebody.
func (d *dissemination) sent(what receipt) {
	switch {
	case what.upTo == 0 || d.pending.len() == 0:
		return
	case what.upTo == d.last:
		d.pending.countAll(1, d.maxTransmits)
		return
	}
	for _, r := range d.pending.all() {
		if r.serial.notAfter(what.upTo) {
			d.pending.count(r, d.maxTransmits)
		}
	}
	d.pending.tidy()
}

// noteAgreement records whether a request comes from a node with the same membership.
// It is only asked for when there is so much to tell that it matters.
func (d *dissemination) noteAgreement(same func() bool) (agreed bool) {
	d.peerAgrees = d.storm() && d.rules.mayPingWithPart() && same()
	return d.peerAgrees
}

// countAllAsKnown counts all that is pending as told to a node, and by it, because it has the
// same membership. It returns how much that is.
func (d *dissemination) countAllAsKnown() int {
	n := d.pending.len()
	d.pending.countAll(2, d.maxTransmits)
	return n
}

// beginRequest says that a request with so many changes is going to be handled. When they
// are many, what it tells is not told back: in the storm of a split or of a heal,
// when both sides of an exchange hold mostly the same, that is half of the bytes.
// (Ringpop's nodes do tell it back.)
func (d *dissemination) beginRequest(changes int) {
	d.request = 0
	if changes >= bulk && !d.rules.repeatsRequest() {
		d.requests = max(1, d.requests+1) // which passes over 0
		d.request = d.requests
	}
}

// endRequest says that the request has been handled.
func (d *dissemination) endRequest() { d.request = 0 }

// feedback counts the pending changes that the current request repeats. A peer that tells
// us what we are telling shows that others spread it, too, so it counts as sent once more
// ("feedback" in section 1.4 of Demers et al., Epidemic algorithms for replicated database
// maintenance, 1987).
type feedback struct {
	request        uint32
	transmittedAll uint16
	limit          int // the last transmission is always our own
	maxSoFar       int
}

func (d *dissemination) beginFeedback() feedback {
	return feedback{d.request, d.pending.transmittedAll, d.maxTransmits - 1, d.pending.maxSoFar}
}

// note counts the pending change of one member.
func (h *feedback) note(r *row) {
	if h.request == 0 || !r.is(pending) {
		return
	}
	r.heardIn = h.request
	if times := int(h.transmittedAll - r.transmitBase); times < h.limit {
		r.transmitBase--
		h.maxSoFar = max(h.maxSoFar, times+1)
	}
}

// endFeedback keeps what feedback has counted.
func (d *dissemination) endFeedback(h *feedback) { d.pending.maxSoFar = h.maxSoFar }

// noteDuplicate is feedback about one member.
func (d *dissemination) noteDuplicate(r *row) {
	h := d.beginFeedback()
	h.note(r)
	d.endFeedback(&h)
}

// markHeardNow marks the pending change as told to us by the current request.
func (d *dissemination) markHeardNow(m memberID) {
	if r := d.table.row(m); r.is(pending) {
		r.heardIn = d.request
	}
}

// forAnswer returns the pending changes, and counts them as sent, since nobody will
// say whether the answer arrived. If they are few, those that the asker itself
// declared are left out, and are not counted. What the asker has just told is left
// out, too, and counted: heard is how many.
func (d *dissemination) forAnswer(source wire.Address, incarnation int64) (b ChangeSet, heard int) {
	b.addresses = d.table.addresses
	if d.pending.len() == 0 {
		return b, 0
	}
	b.list = b.addresses.alloc(min(d.pending.len(), bulk))
	asker, few := b.addresses.find(source)
	few = few && (d.pending.len() < bulk || d.rules.repeatsRequest())
	for m, r := range d.pending.due(d.maxTransmits) {
		switch {
		case d.request != 0 && r.heardIn == d.request:
			heard++
		case few && b.addresses.origin(r.declared).of(asker, incarnation):
			continue
		default:
			d.table.tell(&b, m, r.declared)
		}
		d.pending.count(r, d.maxTransmits)
	}
	d.pending.tidy()
	return b, heard
}
