package tui

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

// order is what members are sorted by; members that are equal in that, by
// address.
type order uint8

const (
	byAddress order = iota
	byStatus        // those first that are not well
	byChange        // the last one first

	numOrders
)

// String names the order as the screen does.
func (o order) String() string { return [...]string{"address", "status", "last change"}[o] }

// members is a choice of members of a model, and of what to show of them. Tab 0
// compares all sides; the others are one side each.
type members struct {
	tab    int
	filter string
	order  order
}

// side returns the number of the side that the tab shows.
func (v *members) side(m *model) (i int, one bool) {
	return v.tab - 1, v.tab > 0 && v.tab <= len(m.sides)
}

// list returns the members that are shown, in order.
func (v *members) list(m *model, now time.Time) []wire.Address {
	list := m.members
	columns := v.columns(m, now)
	if v.filter != "" {
		list = slices.DeleteFunc(slices.Clone(list), func(a wire.Address) bool {
			return !strings.Contains(row(columns, a).String(), v.filter)
		})
	}
	switch v.order {
	case byStatus:
		list = slices.Clone(list)
		slices.SortStableFunc(list, func(a, b wire.Address) int {
			return cmp.Compare(m.standings[a].rank(), m.standings[b].rank())
		})
	case byChange:
		list = slices.Clone(list)
		slices.SortStableFunc(list, func(a, b wire.Address) int { return m.changes[b].at.Compare(m.changes[a].at) })
	}
	return list
}

// column is a column of the table of members.
type column struct {
	title string
	width int // of the widest text that is expected; what is wider is cut off
	cell  func(wire.Address) line
}

// columns returns the columns that the tab shows. Their widths do not depend on
// what is in view: columns stay where they are while the table scrolls.
func (v *members) columns(m *model, now time.Time) []column {
	columns := []column{addressColumn(m)}
	answers := column{"Answers", len("yes, P1"), m.answers}
	changed := column{"Changed", len("59m59s ago"), func(a wire.Address) line { return m.changed(now, a) }}
	if side, one := v.side(m); one {
		return append(columns, column{"Status", statusWidth, m.tallies[side].cell}, m.incarnation(side), answers, changed,
			m.incarnated(side), m.labels(side))
	}
	switch {
	case len(m.sides) == 1 && len(m.sides[0].Views) > 1:
		columns = append(columns, column{"Most say", len("1000 suspect"), m.tallies[0].mostSay},
			column{"Others say", len("100 suspect, 10 alive"), m.tallies[0].othersSay})
	default:
		for i := range m.sides {
			columns = append(columns, column{sideName(i), statusWidth, m.tallies[i].cell})
		}
	}
	return append(columns, answers, changed)
}

const statusWidth = len("suspect +2")

func sideName(i int) string { return fmt.Sprintf("P%d", i+1) }

func addressColumn(m *model) column {
	c := column{"Address", len("Address"), func(a wire.Address) line { return line{{string(a), plain}} }}
	for _, a := range m.members {
		c.width = max(c.width, len(a))
	}
	return c
}

// row returns the cells for a member, one after the other.
func row(columns []column, a wire.Address) line {
	var row line
	for _, c := range columns {
		row = append(append(row, c.cell(a)...), span{" ", plain})
	}
	return row
}

// answers returns whether the member answers, as seen from here.
func (m *model) answers(a wire.Address) line {
	place, onASide := m.in[a]
	switch {
	case onASide && len(m.sides) > 1:
		return line{{"yes, " + sideName(place), plain}}
	case m.answered[a]:
		return line{{"yes", plain}}
	case m.heldDown(a):
		return line{{"no", faint}}
	default:
		return line{{"NO", bad}}
	}
}

func (m *model) changed(now time.Time, a wire.Address) line {
	if c, known := m.changes[a]; known {
		return line{{ago(now, c.at), plain}}
	}
	return nil
}

func (m *model) incarnation(side int) column {
	return m.own(side, "Inc. No.", len("1700000000000"), func(s *wire.Member) string {
		return strconv.FormatInt(s.Incarnation, 10)
	})
}

func (m *model) incarnated(side int) column {
	return m.own(side, "Incarnated (UTC)", len(render.Instant), func(s *wire.Member) string {
		return render.Incarnated(s.Incarnation)
	})
}

func (m *model) labels(side int) column {
	return m.own(side, "Labels", 0, func(s *wire.Member) string { return render.Labels(s.Labels) })
}

// own is a column of what a member says of itself, as most of a side have it.
func (m *model) own(side int, title string, width int, text func(*wire.Member) string) column {
	return column{title, width, func(a wire.Address) line {
		for i := range m.sides[side].Views {
			if s := m.sides[side].Views[i].Member(a); s != nil {
				return line{{text(s), plain}}
			}
		}
		return line{{unknown, faint}}
	}}
}

// tabs returns the line of tabs, with what is shown at its end. The chosen tab is in
// brackets.
func (v *members) tabs(m *model, w *window, width int) line {
	tab := func(i int, text string) span {
		if i == v.tab {
			return span{"[" + text + "]", chosen}
		}
		return span{" " + text + " ", plain}
	}
	shown := span{"   " + v.shown(m, w), faint}
	tabs := line{{" ", plain}, tab(0, "All")}
	room := width - line{shown}.width()
	for i := range m.sides {
		// Only nine sides have a key.
		if next := append(tabs, tab(i+1, sideName(i))); i < 9 && next.width() < room {
			tabs = next
			continue
		}
		tabs = append(tabs, span{"…", faint})
		break
	}
	return append(tabs, shown)
}

// shown returns which members are in view.
func (v *members) shown(m *model, w *window) string {
	text := w.String()
	if v.filter != "" {
		text += fmt.Sprintf(" with %q, of %d", v.filter, len(m.members))
	}
	return fmt.Sprintf("%s members, by %v", text, v.order)
}
