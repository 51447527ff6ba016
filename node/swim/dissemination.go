package swim

import (
	"math"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// dissemination decides what the others are told, and how often. Every pending change
// rides on every ping, ping-req and answer, until it has been sent so often that
// every node has heard of it with high probability (section 4.1 of the SWIM paper).
//
// In a storm, when a partition begins or ends, nearly every member has a pending change,
// nearly all messages tell what their receivers know, and so less is told.
type dissemination struct {
	table   *table.Table
	pending *table.Pending
	factor  int // transmissions per power of ten of members
	rules   *Rules

	// peerAgrees is set while the last node that was heard from, by a request or by the
	// answer to a partial ping, had the same membership.
	peerAgrees bool
}

// Thresholds. Below them nodes behave like Ringpop's.
const (
	// stormFrom is the number of pending changes from which there is a storm.
	stormFrom = 32
	// partialPing is how many changes a call carries that does not carry all.
	partialPing = 32
	// longRequest is the number of changes in a request from which the answer does not
	// repeat them.
	longRequest = 32
	// longPingReq is the number of changes in a ping-req from which the answer has none.
	longPingReq = 32
	// omitOwnBelow is how many pending changes make it useless to leave out of an answer
	// what the asker has declared itself.
	omitOwnBelow = 32
)

func newDissemination(t *table.Table, factor int, rules *Rules) dissemination {
	d := dissemination{table: t, pending: table.NewPending(t), factor: factor, rules: rules}
	d.pending.SetMaxTransmits(factor)
	return d
}

// resize sets how often a change is sent in a cluster with n pingable members besides
// the node itself.
//
// Without any it is as often as with one: members that have left are not pinged,
// and ping those that are there.
func (d *dissemination) resize(n int) {
	d.pending.SetMaxTransmits(d.factor * max(1, int(math.Ceil(math.Log10(float64(n+1))))))
}

// record makes what is believed of a member pending, in place of what was, as declared
// by an origin.
func (d *dissemination) record(m table.MemberID, by table.OriginID) {
	d.pending.Put(m, by, d.initialTransmits(m))
}

// initialTransmits returns how often a new change counts as sent already. In a storm
// that is half of what is enough for a change to suspect or faulty: without
// being told, nodes find out themselves which members do not answer or have been suspect
// for too long. (What a member says of itself cannot be found out.)
func (d *dissemination) initialTransmits(m table.MemberID) int {
	switch d.table.Status(m) {
	case wire.Suspect, wire.Faulty:
		if d.storm() && d.rules.tellsBadNewsLess() {
			return d.pending.MaxTransmits() / 2
		}
	}
	return 0
}

// dropAccusations drops the changes to suspect, faulty and tombstone.
func (d *dissemination) dropAccusations() {
	d.pending.RemoveIf(func(s wire.Status) bool { return s == wire.Suspect || s.Dead() })
}

// storm reports whether so many changes are pending that unnecessary copies are left out.
func (d *dissemination) storm() bool { return d.pending.Len() >= stormFrom }

// receipt says what counts as sent once a call has succeeded.
type receipt struct {
	upTo table.Serial // what was put until then; 0: nothing
	// ifAgreed means that the call carried a part of it only, and that all of it counts
	// if the receiver has the same membership, and so knows it.
	ifAgreed bool
}

// allPending is the receipt for all that is pending.
func (d *dissemination) allPending() receipt { return receipt{upTo: d.pending.Last()} }

// forCall returns all pending changes. Calls that are made together can carry the same.
func (d *dissemination) forCall() (table.ChangeSet, receipt) {
	return d.pending.First(d.pending.Len()), d.allPending()
}

// forLivenessPing returns what a call carries that is to find out whether a member is
// alive which probably is not: in a storm a few changes, which do not count as sent.
func (d *dissemination) forLivenessPing() (table.ChangeSet, receipt) {
	if !d.storm() || !d.rules.mayAskWithPart() {
		return d.forCall()
	}
	return d.pending.First(partialPing), receipt{}
}

// forProbe returns what the ping of a protocol period carries: all pending changes, or a
// few of many when it is likely that all nodes know them already: most of what a storm
// would carry is carried after that point.
func (d *dissemination) forProbe() (table.ChangeSet, receipt) {
	if !d.storm() || !d.peerAgrees || !d.rules.mayPingWithPart() {
		return d.forCall()
	}
	return d.pending.First(partialPing), receipt{upTo: d.pending.Last(), ifAgreed: true}
}

// sent counts the changes of a call that was answered.
func (d *dissemination) sent(what receipt) { d.pending.Sent(what.upTo) }

// noteAgreement records whether a request comes from a node with the same membership.
// same is called only when there is so much to tell that it matters.
func (d *dissemination) noteAgreement(same func() bool) (agreed bool) {
	d.peerAgrees = d.storm() && d.rules.mayPingWithPart() && same()
	return d.peerAgrees
}

// countAllAsKnown counts all that is pending as told to a node, and by it, because it
// has the same membership. It returns how much that is.
func (d *dissemination) countAllAsKnown() int {
	n := d.pending.Len()
	d.pending.SentAll(2)
	return n
}

// beginRequest says that a request with so many changes is going to be handled. When
// they are many, what it tells is not told back: in the storm of a split or of a heal,
// when both sides of an exchange hold mostly the same, that is half of the bytes.
// (Ringpop's nodes do tell it back.)
func (d *dissemination) beginRequest(changes int) {
	if changes >= longRequest && !d.rules.repeatsRequest() {
		d.pending.BeginRequest()
	}
}

// endRequest says that the request has been handled.
func (d *dissemination) endRequest() { d.pending.EndRequest() }

// forAnswer returns the pending changes, and counts them as sent. If they are few, those
// that the asker itself has declared are left out. What the asker has just told is left
// out, too: repeated is how much that is.
func (d *dissemination) forAnswer(asker wire.Address, incarnation int64) (b table.ChangeSet, repeated int) {
	omitOwn := d.pending.Len() < omitOwnBelow || d.rules.repeatsRequest()
	return d.pending.Answer(asker, incarnation, omitOwn)
}
