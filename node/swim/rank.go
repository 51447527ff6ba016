package swim

// rank is where one of the members is among those that are pingable. It is asked
// for once a second when members come and go, and so it follows each of them.
type rank struct {
	of    memberID
	ahead int      // how many come before it
	first memberID // of all, if it still is pingable; or nobody
}

// becamePingable counts a member that has become pingable.
func (t *table) becamePingable(n memberID) {
	t.pingable++
	p := &t.place
	if t.before(n, p.of) {
		p.ahead++
	}
	if p.first != nobody && t.before(n, p.first) {
		p.first = n
	}
}

// lostPingable stops counting a member that is no longer pingable.
func (t *table) lostPingable(n memberID) {
	t.pingable--
	p := &t.place
	if t.before(n, p.of) {
		p.ahead--
	}
	if n == p.first {
		p.first = nobody
	}
}

// before reports whether one address comes before another one.
func (t *table) before(n, other memberID) bool {
	b := t.addresses
	return n != other && other != nobody && b.flavour.Compare(b.address(n), b.address(other)) < 0
}

// first returns the first member that is pingable, or nobody.
func (t *table) first() memberID {
	if t.place.first == nobody {
		t.each(func(n memberID) bool {
			if t.row(n).status.Pingable() {
				t.place.first = n
			}
			return t.place.first == nobody
		})
	}
	return t.place.first
}

// leads reports whether no dead member comes before the first that is pingable.
func (t *table) leads() bool {
	leads := true
	t.each(func(n memberID) bool {
		status := t.row(n).status
		leads = !status.Dead()
		return leads && !status.Pingable()
	})
	return leads
}
