package table

import "github.com/ringmend/ringmend/node/wire"

// row is all that is kept for one number: what is believed of a member, and the
// change of it that is pending. In a storm every message makes a node go through most
// of its rows, so they are small and together. They hold no pointers: a cluster of n
// nodes in one process has n² rows, and the garbage collector need not look at any.
type row struct {
	incarnation int64

	// What follows is valid while flags has pending; see [Pending].
	origin       OriginID // of the change; held
	serial       Serial   // of the change; not 0
	heardIn      uint32   // the last request that told the same, by [Pending.request]; 0: none
	transmitBase uint16   // the change was sent Pending.transmitted - transmitBase times (modulo 2^16)

	status wire.Status
	flags  rowFlags
}

// rowFlags are properties of a row.
type rowFlags uint8

const (
	isMember      rowFlags = 1 << iota // it belongs to a member; status and incarnation are valid
	labelled                           // Table.labels has labels of the member; only with isMember
	isProbed                           // a probe of the member is under way
	inPendingList                      // the number is in Pending.list, once
	pending                            // a change of the member is pending; only with isMember and inPendingList
)

func (r *row) is(f rowFlags) bool { return r.flags&f != 0 }

func (r *row) mark(f rowFlags, on bool) {
	if on {
		r.flags |= f
	} else {
		r.flags &^= f
	}
}
