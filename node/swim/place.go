package swim

// place is where one of the members is among those that are pingable. It is asked
// for once a second when members come and go, and so it follows each of them.
type place struct {
	of    number
	ahead int    // how many come before it
	first number // of all, if it still is pingable; or nobody
}

// comes takes note that a member has become pingable.
func (t *table) comes(n number) {
	t.pingable++
	p := &t.place
	if t.before(n, p.of) {
		p.ahead++
	}
	if p.first != nobody && t.before(n, p.first) {
		p.first = n
	}
}

// goes takes note that a member is not pingable any more.
func (t *table) goes(n number) {
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
func (t *table) before(n, other number) bool {
	b := t.book
	return n != other && other != nobody && b.flavour.compare(b.address(n), b.address(other)) < 0
}

// first returns the first member that is pingable, or nobody.
func (t *table) first() number {
	if t.place.first == nobody {
		t.each(func(n number) bool {
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
	t.each(func(n number) bool {
		status := t.row(n).status
		leads = !status.Dead()
		return leads && !status.Pingable()
	})
	return leads
}
