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
	list   []memberID // of members; of some nothing is told any more: gaps
	gaps   int
	breaks int // how often the order is broken

	// In a storm nearly everything is transmittedAll nearly each time, and so together.
	transmittedAll uint16 // how often all that was pending was counted
	maxSoFar       int    // nothing that is pending was sent more often
}

// serial numbers what was ever made pending: an old change's acknowledgement must not
// count for a newer one. A call carries everything that is pending, so the last serial
// says what it carried. The numbers begin anew when they are used up; 0 is none of
// them.
type serial uint32

// notAfter reports whether one issue was not made after another.
func (i serial) notAfter(other serial) bool { return int32(i-other) <= 0 }

// fewPending is how much room for pending changes is kept in quiet times.
const fewPending = 64

func (l *pendingList) len() int { return len(l.list) - l.gaps }

// all returns the members of which something is told. It may be removed meanwhile.
func (l *pendingList) all() iter.Seq2[memberID, *row] {
	return func(yield func(memberID, *row) bool) {
		rows := l.table.rows
		for _, m := range l.list {
			if r := &rows[m]; r.is(pending) && !yield(m, r) {
				return
			}
		}
	}
}

// due is all without what was sent as often as enough, which it removes.
func (l *pendingList) due(enough int) iter.Seq2[memberID, *row] {
	return func(yield func(memberID, *row) bool) {
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
		l.maxSoFar = most // all have been looked at
	}
}

// put makes what a row says pending, in place of what was told of the member. times
// is how often it counts as sent already.
func (l *pendingList) put(m memberID, declared originID, i serial, times int) {
	addresses := l.table.addresses
	addresses.origins.hold(declared)
	r := l.table.row(m)
	switch {
	case r.is(pending):
		addresses.origins.release(r.declared)
	case r.is(inPendingList):
		l.gaps--
	default:
		r.mark(inPendingList, true)
		if last := len(l.list) - 1; last >= 0 && l.list[last] > m {
			l.breaks++
		}
		l.list = append(l.list, m)
	}
	r.mark(pending, true)
	r.declared, r.serial, r.heardIn, r.transmitBase = declared, i, 0, l.transmittedAll-uint16(times)
	l.maxSoFar = max(l.maxSoFar, times)
}

// times returns how often what is pending of a member was sent.
func (l *pendingList) times(r *row) int { return int(l.transmittedAll - r.transmitBase) }

// count counts one sending of what is pending of a member, which is removed when it
// was sent as often as enough.
func (l *pendingList) count(r *row, enough int) {
	r.transmitBase--
	times := l.times(r)
	l.maxSoFar = max(l.maxSoFar, times)
	if times >= enough {
		l.remove(r)
	}
}

// countAll counts some sendings of all that is pending. What was sent as often as
// enough is removed, from a long list when it is gone through next, as a rule.
func (l *pendingList) countAll(times, enough int) {
	l.transmittedAll += uint16(times)
	l.maxSoFar += times
	if l.maxSoFar >= enough && (len(l.list) < bulk || l.maxSoFar >= 2*enough) {
		for range l.due(enough) { // removes the rest
		}
		l.tidy()
	}
}

// remove ends the telling of a member.
func (l *pendingList) remove(r *row) {
	l.table.addresses.origins.release(r.declared)
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
			rows[m].mark(inPendingList, false)
		}
		l.list, l.gaps, l.breaks, l.maxSoFar = l.list[:0], 0, 0, 0
		if cap(l.list) > fewPending {
			l.list = nil // what a storm has needed is not kept
			l.table.addresses.quiet()
		}
	case 4*len(l.list) > len(rows) && long*l.breaks > len(l.list):
		l.list = l.list[:0]
		for m := range rows {
			r := &rows[m]
			r.mark(inPendingList, r.is(pending))
			if r.is(pending) {
				l.list = append(l.list, memberID(m))
			}
		}
		l.gaps, l.breaks = 0, 0
	case 4*l.gaps > len(l.list):
		kept := l.list[:0]
		for _, m := range l.list {
			if rows[m].is(pending) {
				kept = append(kept, m)
			} else {
				rows[m].mark(inPendingList, false)
			}
		}
		l.list, l.gaps = kept, 0
	}
}
