package table

// rank is where the node is among the pingable members, in the order of [Table.All].
// It is asked for once a second while members come and go, so it follows each change.
type rank struct {
	of    MemberID // the node itself
	ahead int      // how many pingable members come before it
	first MemberID // the first pingable member; NoMember: must be found again
}

// Rank returns how many pingable members come before the node itself.
func (t *Table) Rank() int { return t.rank.ahead }

// First returns the first pingable member, or NoMember.
func (t *Table) First() MemberID {
	if t.rank.first == NoMember {
		for m := range t.All() {
			if t.Status(m).Pingable() {
				t.rank.first = m
				break
			}
		}
	}
	return t.rank.first
}

// NoDeadBefore reports whether no dead member comes before First.
func (t *Table) NoDeadBefore() bool {
	for m := range t.All() {
		switch status := t.Status(m); {
		case status.Dead():
			return false
		case status.Pingable():
			return true
		}
	}
	return true
}

// becamePingable counts a member whose status has become pingable.
func (t *Table) becamePingable(m MemberID) {
	t.pingable++
	if t.addresses.before(m, t.rank.of) {
		t.rank.ahead++
	}
	if t.rank.first != NoMember && t.addresses.before(m, t.rank.first) {
		t.rank.first = m
	}
}

// lostPingable counts a member whose status is no longer pingable.
func (t *Table) lostPingable(m MemberID) {
	t.pingable--
	if t.addresses.before(m, t.rank.of) {
		t.rank.ahead--
	}
	if m == t.rank.first {
		t.rank.first = NoMember
	}
}
