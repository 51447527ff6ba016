package resolve

import (
	"strconv"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// BornLabel is the internal label by which the age of a member is known: a node sets it to
// the time of its start, in milliseconds since 1970.
const BornLabel = "__born"

// The labels of applications that the resolver reads.
const (
	dcLabel   = "dc"
	roleLabel = "role"
)

// row is what the resolver keeps of a member besides what swim believes.
type row struct {
	address wire.Address
	status  wire.Status
	dc      string
	role    string
	born    int64
	// since is when it became alive, last; for one that has left, when it did.
	since time.Time
	// writtenOff means that a decision was made without it. It is not missed, and does
	// not count. That ends when it is alive.
	writtenOff bool
	// reaped means that it became a tombstone, or was forgotten, while it was missed.
	// Reaping by an operator must not turn a minority into a whole cluster.
	reaped bool
	assume settledness

	// Of the uncertain period, and valid in it only:
	settled bool // when it began
	changed bool // since it began
}

// settledness says whether a member settles by time or by the word of another member.
type settledness uint8

const (
	byTime settledness = iota
	settledByWord
	unsettledByWord
)

func (r *row) reachable() bool { return r.status.Pingable() }

// missed reports whether the member is one of the base and unreachable.
func (r *row) missed() bool { return !r.writtenOff && r.status.Dead() }

// isSettled reports whether the member has been what it is for some time.
func (r *row) isSettled(now time.Time, after time.Duration) bool {
	switch r.assume {
	case settledByWord:
		return true
	case unsettledByWord:
		return false
	}
	return now.Sub(r.since) >= after
}

func (r *row) take(m *swim.Member) {
	r.status, r.dc, r.role, r.born = m.Status, m.Labels[dcLabel], m.Labels[roleLabel], bornOf(m)
}

func bornOf(m *swim.Member) int64 {
	born, err := strconv.ParseInt(m.Labels[BornLabel], 10, 64)
	if err != nil {
		return Youngest
	}
	return born
}
