package swim

import (
	"iter"

	"github.com/ringmend/ringmend/node/wire"
)

// pendingList holds what is being told of members: one change of each at most.
//
// In a storm every node has one for nearly every other, and they go out with each
// message, so that most of what a large cluster does then is to go through such
// lists. They are compact; and as long as they are in the order of the table's rows,
// so are the messages, and whoever gets one goes through its own rows in order, too,
// which is several times as fast as here and there.
type pendingList struct {
	table  *table          // its rows say where the change of a member is
	list   []pendingChange // among them gaps, whose member is nobody
	gaps   int
	breaks int // how often the order is broken
}

// pendingChange is a change that is being told. It has no pointers; what it has in
// common with the row of the member is repeated so that there is no need to look.
type pendingChange struct {
	incarnation       int64
	sourceIncarnation int64
	timestamp         int64
	issue             issue
	member            number
	source            number // or nobody
	heard             uint32 // in which request
	count             int16
	status            wire.Status
	labelled          bool
}

// nobody is the source of changes that name none.
const nobody number = -1

// fewPending is how much room for pending changes is kept in quiet times.
const fewPending = 64

func (l *pendingList) len() int { return len(l.list) - l.gaps }

// all returns the changes, which may be removed meanwhile.
func (l *pendingList) all() iter.Seq[*pendingChange] {
	return func(yield func(*pendingChange) bool) {
		for i := range l.list {
			if p := &l.list[i]; p.member != nobody && !yield(p) {
				return
			}
		}
	}
}

// of returns what is told of a member; nil: nothing.
func (l *pendingList) of(member number) *pendingChange {
	if i := l.table.row(member).pending; i > 0 {
		return &l.list[i-1]
	}
	return nil
}

// put makes a change pending, in place of another one of the same member.
func (l *pendingList) put(c pendingChange) {
	if old := l.of(c.member); old != nil {
		l.release(old)
		*old = c
		return
	}
	if last := len(l.list) - 1; last >= 0 && l.list[last].member > c.member {
		l.breaks++
	}
	l.list = append(l.list, c)
	l.table.row(c.member).pending = int32(len(l.list))
}

func (l *pendingList) remove(p *pendingChange) {
	l.release(p)
	l.table.row(p.member).pending = 0
	p.member = nobody
	l.gaps++
}

// release gives back what a change holds of the book.
func (l *pendingList) release(p *pendingChange) {
	if p.source != nobody {
		l.table.book.release(p.source)
	}
}

// tidy takes out the gaps if they are many, and restores the order if it is lost.
func (l *pendingList) tidy() {
	const long = 16 // members in a row that are in order
	switch {
	case l.gaps == len(l.list):
		l.list, l.gaps, l.breaks = l.list[:0], 0, 0
		if cap(l.list) > fewPending {
			l.list = nil // what a storm has needed is not kept
		}
	case 4*len(l.list) > len(l.table.rows) && long*l.breaks > len(l.list):
		ordered := make([]pendingChange, 0, l.len()+l.len()/8)
		for i := range l.table.rows {
			if p := l.of(number(i)); p != nil {
				ordered = append(ordered, *p)
				l.table.rows[i].pending = int32(len(ordered))
			}
		}
		l.list, l.gaps, l.breaks = ordered, 0, 0
	case 4*l.gaps > len(l.list):
		kept := l.list[:0]
		for p := range l.all() {
			kept = append(kept, *p)
			l.table.row(p.member).pending = int32(len(kept))
		}
		l.list, l.gaps = kept, 0
	}
}
