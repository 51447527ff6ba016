package tui

import (
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// What members are sorted by that is not the title of a column.
const (
	byAddress = "" // the order that the list comes in
	byStatus  = "status"
	byChange  = "last change"
)

// sorting is what members are sorted by; members that are equal in that, by address.
type sorting struct {
	by       string // a constant, or the title of a column
	reversed bool
}

// String names the order as the screen does.
func (s *sorting) String() string {
	text := s.by
	if s.by == byAddress {
		text = "address"
	}
	if s.reversed {
		text += ", reversed"
	}
	return text
}

// next goes on to the next of the orders that s goes through.
func (s *sorting) next() {
	switch s.by {
	case byAddress:
		s.by = byStatus
	case byStatus:
		s.by = byChange
	default:
		s.by = byAddress
	}
	s.reversed = false
}

// move moves to the column that is so many to the right of the one that is sorted by.
func (s *sorting) move(by int, columns []column) {
	i := s.column(columns)
	if i < 0 {
		i = 0 // by status, or by a column that is gone
	}
	i = (i + by + len(columns)) % len(columns)
	s.by, s.reversed = titleOrder(&columns[i], i), false
}

// titleOrder returns what the order by column i is called.
func titleOrder(c *column, i int) string {
	switch {
	case i == 0:
		return byAddress
	case c.title == "Changed":
		return byChange
	}
	return c.title
}

// column returns the place of the column that is sorted by; -1: it is none of these.
func (s *sorting) column(columns []column) int {
	for i := range columns {
		if titleOrder(&columns[i], i) == s.by {
			return i
		}
	}
	return -1
}

// marked returns the titles of columns. That of the one that is sorted by has an arrow, if
// somebody chose it.
func (s *sorting) marked(columns []column) []string {
	titles := make([]string, len(columns))
	for i := range columns {
		titles[i] = columns[i].title
	}
	if i := s.column(columns); i >= 0 && (s.by != byAddress || s.reversed) {
		arrow := "↓"
		if s.reversed {
			arrow = "↑"
		}
		titles[i] += arrow
	}
	return titles
}

// apply sorts members, which come in the order of their addresses.
func (s *sorting) apply(list []wire.Address, m *model, columns []column) {
	var keyOf func(wire.Address) key
	switch i := s.column(columns); {
	case s.by == byStatus:
		keyOf = func(a wire.Address) key { return key{number: float64(m.standings[a].rank())} }
	case s.by == byChange:
		keyOf = m.changedKey
	case i < 0: // the column is gone
		*s = sorting{}
		return
	default:
		keyOf = columns[i].sortKey
	}
	keys := make(map[wire.Address]key, len(list))
	for _, a := range list {
		keys[a] = keyOf(a)
	}
	slices.SortStableFunc(list, func(a, b wire.Address) int {
		x, y := keys[a], keys[b]
		if x.missing != y.missing || !s.reversed {
			return x.compare(y)
		}
		return y.compare(x)
	})
}
