package swim

import "iter"

// pendingList says of which members something is being told. What that is, is in
// their rows.
//
// In a storm that is nearly all of them, and it goes out with each message. As long
// as the list is in the order of the rows, so are the messages, and whoever gets one
// goes through its own rows in order, too, which is several times as fast as here
// and there.
type pendingList struct {
	table  *table
	list   []number // of members; of some nothing is told any more: gaps
	gaps   int
	breaks int // how often the order is broken

	// In a storm nearly everything is counted nearly each time, and so together.
	counted uint16 // how often all that was pending was counted
	most    int    // nothing that is pending was sent more often
}

// issue numbers what was ever made pending: an old change's acknowledgement must not
// count for a newer one. A call carries everything that is pending, so the last issue
// says what it carried. The numbers begin anew when they are used up; 0 is none of
// them.
type issue uint32

// notAfter reports whether one issue was not made after another.
func (i issue) notAfter(other issue) bool { return int32(i-other) <= 0 }

// fewPending is how much room for pending changes is kept in quiet times.
const fewPending = 64

func (l *pendingList) len() int { return len(l.list) - l.gaps }

// all returns the members of which something is told. It may be removed meanwhile.
func (l *pendingList) all() iter.Seq2[number, *row] {
	return func(yield func(number, *row) bool) {
		rows := l.table.rows
		for _, m := range l.list {
			if r := &rows[m]; r.is(pending) && !yield(m, r) {
				return
			}
		}
	}
}

// due is all without what was sent as often as enough, which it removes.
func (l *pendingList) due(enough int) iter.Seq2[number, *row] {
	return func(yield func(number, *row) bool) {
		rows, most := l.table.rows, 0
		for _, m := range l.list {
			r := &rows[m]
			switch {
			case !r.is(pending):
				continue
			case l.times(r) >= enough:
				l.remove(r)
				continue
			case !yield(m, r):
				return
			}
			most = max(most, l.times(r))
		}
		l.most = most // all have been looked at
	}
}

// put makes what a row says pending, in place of what was told of the member. It
// counts as sent so often.
func (l *pendingList) put(m number, declared number, i issue, times int) {
	book := l.table.book
	book.declarations.hold(declared)
	r := l.table.row(m)
	switch {
	case r.is(pending):
		book.declarations.release(r.declared)
	case r.is(listed):
		l.gaps--
	default:
		r.mark(listed, true)
		if last := len(l.list) - 1; last >= 0 && l.list[last] > m {
			l.breaks++
		}
		l.list = append(l.list, m)
	}
	r.mark(pending, true)
	r.declared, r.issue, r.heard, r.since = declared, i, 0, l.counted-uint16(times)
	l.most = max(l.most, times)
}

// times returns how often what is pending of a member was sent.
func (l *pendingList) times(r *row) int { return int(l.counted - r.since) }

// count counts one sending of what is pending of a member, which is removed when it
// was sent as often as enough.
func (l *pendingList) count(r *row, enough int) {
	r.since--
	times := l.times(r)
	l.most = max(l.most, times)
	if times >= enough {
		l.remove(r)
	}
}

// countAll counts some sendings of all that is pending. What was sent as often as
// enough is removed, from a long list when it is gone through next, as a rule.
func (l *pendingList) countAll(times, enough int) {
	l.counted += uint16(times)
	l.most += times
	if l.most >= enough && (len(l.list) < bulk || l.most >= 2*enough) {
		for range l.due(enough) { // removes the rest
		}
		l.tidy()
	}
}

// remove ends the telling of a member.
func (l *pendingList) remove(r *row) {
	l.table.book.declarations.release(r.declared)
	r.mark(pending, false)
	l.gaps++
}

// tidy takes out the gaps if they are many, and restores the order if it is lost.
func (l *pendingList) tidy() {
	const long = 16 // members in a row that are in order
	rows := l.table.rows
	switch {
	case l.gaps == len(l.list):
		for _, m := range l.list {
			rows[m].mark(listed, false)
		}
		l.list, l.gaps, l.breaks, l.most = l.list[:0], 0, 0, 0
		if cap(l.list) > fewPending {
			l.list = nil // what a storm has needed is not kept
			l.table.book.quiet()
		}
	case 4*len(l.list) > len(rows) && long*l.breaks > len(l.list):
		l.list = l.list[:0]
		for m := range rows {
			r := &rows[m]
			r.mark(listed, r.is(pending))
			if r.is(pending) {
				l.list = append(l.list, number(m))
			}
		}
		l.gaps, l.breaks = 0, 0
	case 4*l.gaps > len(l.list):
		kept := l.list[:0]
		for _, m := range l.list {
			if rows[m].is(pending) {
				kept = append(kept, m)
			} else {
				rows[m].mark(listed, false)
			}
		}
		l.list, l.gaps = kept, 0
	}
}
