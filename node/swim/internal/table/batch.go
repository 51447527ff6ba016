package table

import "github.com/ringmend/ringmend/node/wire"

// MemberChange is a change of one member. Before is nil when it was not known, After
// when it was forgotten. The members must not be modified.
type MemberChange struct {
	Before, After *wire.Member
}

// Address returns the address of the member.
func (c *MemberChange) Address() wire.Address {
	if c.After != nil {
		return c.After.Address
	}
	return c.Before.Address
}

// Batch applies changes of members that belong together, and keeps the states before and
// after for their event. A table has one at a time.
type Batch struct {
	table *Table
	own   arena // unused with shared storage
	first int   // of its changes in the arena
}

// rebuildFrom is how many changes of a batch make it cheaper to build the checksum's
// text anew than to edit it for each of them.
const rebuildFrom = 32

// Begin begins a batch.
func (t *Table) Begin() Batch {
	b := Batch{table: t}
	if t.shared {
		b.first = len(t.addresses.arena.changes)
	}
	return b
}

func (b *Batch) arena() *arena {
	if b.table.shared {
		return &b.table.addresses.arena
	}
	return &b.own
}

// Len returns how many changes were made.
func (b *Batch) Len() int { return len(b.arena().changes) - b.first }

// Changes returns the changes that were made, in order. With shared storage they are
// valid until the next sweep.
func (b *Batch) Changes() []MemberChange {
	changes := b.arena().changes
	return changes[b.first:len(changes):len(changes)]
}

// Add makes an address that is not a member's one.
func (b *Batch) Add(m MemberID, s State) {
	b.expectChange()
	b.table.add(m, s)
	b.record(nil, b.describe(m))
}

// Set changes a member, and returns what it was and is.
func (b *Batch) Set(m MemberID, s State) (before, after *wire.Member) {
	b.expectChange()
	before = b.describe(m)
	b.table.set(m, s)
	after = b.describe(m)
	b.record(before, after)
	return before, after
}

// Remove forgets a member of which no change is pending.
func (b *Batch) Remove(m MemberID) {
	b.expectChange()
	b.record(b.describe(m), nil)
	b.table.remove(m)
}

func (b *Batch) expectChange() {
	if b.Len() == rebuildFrom {
		b.table.sum.forget()
	}
}

func (b *Batch) describe(m MemberID) *wire.Member {
	member := b.arena().member()
	b.table.describe(m, member)
	return member
}

func (b *Batch) record(before, after *wire.Member) {
	a := b.arena()
	a.changes = append(a.changes, MemberChange{before, after})
}

// arena is room for the changes of batches, and for the members that they point to, in
// large pieces: in a storm every node needs one for every other.
type arena struct {
	changes []MemberChange
	piece   []wire.Member   // the one that is being filled
	reuses  bool            // pieces are kept, and filled again after reuse
	pieces  [][]wire.Member // those that are kept
	next    int             // pieces[next:] are not in use
}

// maxPiece is how many members a piece of an arena has room for at most.
const maxPiece = 64

// member returns room for a member, to be filled in completely.
func (a *arena) member() *wire.Member {
	if len(a.piece) == cap(a.piece) {
		switch {
		case a.next < len(a.pieces):
			a.piece = a.pieces[a.next][:0]
			a.next++
		case a.reuses:
			a.piece = make([]wire.Member, 0, maxPiece)
			a.pieces = append(a.pieces, a.piece)
			a.next++
		default:
			a.piece = make([]wire.Member, 0, min(max(2, 2*cap(a.piece)), maxPiece))
		}
	}
	a.piece = a.piece[:len(a.piece)+1]
	return &a.piece[len(a.piece)-1]
}

// reuse takes back all room; what is in it must not be used any more.
func (a *arena) reuse() {
	a.changes, a.piece, a.next = a.changes[:0], nil, 0
}
