package resolve

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// The lease is a record in a store outside of the cluster, not a timer: it says which
// members were kept by the last decision, and each decision advances it by compare and
// swap. All nodes of a side ask for the same record, so it does not matter which of them
// is first. Of two sides that know the same record only one can advance it; the other one
// reads a record without itself. A process that was stopped acquires nothing when it
// wakes up.

// Record is what the store holds. The zero value is an empty store.
type Record struct {
	Epoch   uint64
	Holder  string // the hash of Members
	Members []wire.Address
}

// ErrConflict means that a record was not advanced, because it is not the one that the
// caller knew.
var ErrConflict = errors.New("the record has been advanced meanwhile")

// LeaseRequest is an operation on the store, to be made exactly once.
type LeaseRequest struct {
	ID uint64
	// To is what to advance the record to, from the epoch From; nil: read it.
	To   *Record
	From uint64
}

const leaseReadEvery = time.Minute

type lease struct {
	record Record // as it was when this node served last, or became so by its claim
	known  bool
	// rebase means that this node continues from the next record that is read.
	rebase bool
	next   time.Time // read
	retry  time.Time // not before, after a failure
	// deposed means that another side has advanced the record without this node.
	deposed bool
	// baseBefore is the holder that the base had before the uncertain period.
	baseBefore string

	claim *Record // asked for; nil: nothing
	// restless belongs to the decision that the claim is for.
	restless bool
	claimAt  time.Time
	judging  bool // the claim was made, and what is read says how it went

	lastID  uint64
	pending purpose
	began   time.Time

	// holder of the base at a version of the roster
	holder  string
	version uint64
	fresh   bool
}

type purpose uint8

const (
	idle purpose = iota
	reading
	claiming
	renewing
)

// underWay reports whether a decision waits for the lease.
func (l *lease) underWay() bool { return l.claim != nil }

// give gives up a claim.
func (l *lease) give() { l.claim, l.judging = nil, false }

// HolderOf returns the holder that stands for some members, which are in order.
func HolderOf(members []wire.Address) string {
	h := sha256.New()
	for _, a := range members {
		h.Write([]byte(a))
		h.Write([]byte{'\n'})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// holder returns the holder of the whole base.
func (r *Resolver) holder() string {
	if r.cfg.Strategy != LeaseMajority {
		return ""
	}
	l := &r.lease
	if !l.fresh || l.version != r.roster.version {
		l.holder, l.version, l.fresh = HolderOf(r.roster.base(all)), r.roster.version, true
	}
	return l.holder
}

// tickLease does what is due about the lease.
func (r *Resolver) tickLease() {
	l := &r.lease
	if l.pending != idle {
		if r.now.Sub(l.began) < r.cfg.LeaseTimeout {
			return
		}
		r.leaseFailed(l.pending, errors.New("the lease did not answer in time"))
	}
	if r.now.Before(l.retry) {
		return
	}
	switch {
	case l.judging, l.rebase, !l.known:
		r.request(reading, nil)
	case l.claim != nil:
		if !r.now.Before(l.claimAt) {
			r.request(claiming, l.claim)
		}
	case r.renews():
		base := r.roster.base(all)
		r.request(renewing, &Record{Epoch: l.record.Epoch + 1, Holder: r.holder(), Members: base})
	case !r.now.Before(l.next):
		r.request(reading, nil)
	}
}

// renews reports whether this node must advance the record because the members have changed:
// the lowest of them does, once they are at rest.
func (r *Resolver) renews() bool {
	l := &r.lease
	if !l.known || !r.Serves() || r.state == Uncertain || r.roster.missed > 0 {
		return false
	}
	if r.now.Sub(r.clock.Last()) < r.cfg.StableAfter || l.record.Holder == r.holder() {
		return false
	}
	base := r.roster.base(all)
	return len(base) > 0 && base[0] == r.roster.self
}

func (r *Resolver) request(why purpose, to *Record) {
	l := &r.lease
	l.lastID++
	l.pending, l.began = why, r.now
	l.next = r.now.Add(leaseReadEvery)
	r.out.Lease = &LeaseRequest{ID: l.lastID, To: to}
	if to != nil {
		r.out.Lease.From = to.Epoch - 1
	}
}

// LeaseDone hands in the result of an operation on the lease: for a read, the record;
// [ErrConflict] if the record was not advanced; any other error if the outcome is unknown.
func (r *Resolver) LeaseDone(now time.Time, id uint64, record Record, err error) {
	r.at(now)
	l := &r.lease
	if id != l.lastID || l.pending == idle {
		return // too late
	}
	was := l.pending
	l.pending = idle
	switch {
	case errors.Is(err, ErrConflict) && was == claiming && l.claim != nil:
		l.judging = true
		r.tickLease()
	case errors.Is(err, ErrConflict):
		r.request(reading, nil) // another member was first
	case err != nil:
		r.leaseFailed(was, err)
	case was == reading:
		r.read(record)
	case was == claiming && l.claim != nil:
		r.granted(*l.claim)
	case was == renewing:
		r.goOnFrom(record)
	}
}

// leaseFailed is the end of an operation whose outcome is unknown. A claim may have
// succeeded or not, or succeed later, so the node is fenced and reads on.
func (r *Resolver) leaseFailed(was purpose, err error) {
	l := &r.lease
	l.pending = idle
	l.retry = r.now.Add(r.cfg.LeaseTimeout)
	r.emit(LeaseFailed{Err: err})
	if l.claim == nil || was == renewing || was == reading && !l.judging {
		return
	}
	if was == claiming {
		l.judging = true
	}
	if r.state == Uncertain {
		r.verdict.Keep, r.verdict.Reason = false, "the outcome of asking for the lease is unknown"
		r.lose(l.restless)
	}
}

// leaseDeadline returns when something is due about the lease.
func (r *Resolver) leaseDeadline() time.Time {
	l := &r.lease
	switch {
	case l.pending != idle:
		return l.began.Add(r.cfg.LeaseTimeout)
	case r.now.Before(l.retry):
		return l.retry
	case l.judging, l.rebase, !l.known:
		return r.now
	case l.claim != nil:
		return l.claimAt
	case l.known && r.state != Uncertain && l.record.Holder != r.holder():
		if at := r.clock.Last().Add(r.cfg.StableAfter); at.Before(l.next) && at.After(r.now) {
			return at
		}
	}
	return l.next
}
