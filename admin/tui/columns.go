package tui

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rivo/uniseg"

	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

// column is a column of the table of members.
type column struct {
	title string
	width int // of the widest text that is expected; what is wider is cut off
	cell  func(wire.Address) line
	key   func(wire.Address) key // what rows are sorted by; nil: the text of the cell
}

// room returns how many cells the column takes.
func (c *column) room() int { return max(c.width, uniseg.StringWidth(c.title)) }

// sortKey returns what a member is sorted by.
func (c *column) sortKey(a wire.Address) key {
	if c.key != nil {
		return c.key(a)
	}
	return key{text: c.cell(a).String()}
}

// key is what rows are sorted by: the least number first, and then by text. Members of which
// nothing is known come last.
type key struct {
	missing bool
	number  float64
	text    string
}

func (k key) compare(other key) int {
	switch {
	case k.missing != other.missing:
		if k.missing {
			return 1
		}
		return -1
	default:
		return cmp.Or(cmp.Compare(k.number, other.number), strings.Compare(k.text, other.text))
	}
}

// columns returns the columns that the tab shows in width cells. Their widths do not depend
// on what is in view: columns stay where they are while the table scrolls.
func (v *members) columns(m *model, now time.Time, width int) []column {
	columns := v.common(m, now)
	more := v.more(m, now, columns)
	if v.wide {
		return append(columns, more...)
	}
	room := width - 1
	for i := range columns {
		room -= columns[i].room() + gap
	}
	for _, c := range more {
		if room < c.room() {
			break
		}
		room -= c.room() + gap
		columns = append(columns, c)
	}
	return columns
}

// common returns the columns that are always there.
func (v *members) common(m *model, now time.Time) []column {
	columns := []column{addressColumn(m)}
	answers := column{"Answers", len("yes, P1"), m.answers, nil}
	changed := column{"Changed", len("59m59s ago"), func(a wire.Address) line { return m.changed(now, a) }, m.changedKey}
	if side, one := v.side(m); one {
		return append(columns, column{"Status", statusWidth, m.tallies[side].cell, m.tallies[side].key}, m.incarnation(side), answers, changed,
			m.incarnated(side), m.labels(side))
	}
	switch {
	case len(m.sides) == 1 && len(m.sides[0].Views) > 1:
		columns = append(columns, column{"Most say", len("1000 suspect"), m.tallies[0].mostSay, m.tallies[0].key},
			column{"Others say", len("100 suspect, 10 alive"), m.tallies[0].othersSay, nil})
	default:
		for i := range m.sides {
			columns = append(columns, column{sideName(i), statusWidth, m.tallies[i].cell, m.tallies[i].key})
		}
	}
	return append(columns, answers, changed)
}

// more returns the other columns of which anything is known, the most useful one first.
func (v *members) more(m *model, now time.Time, common []column) []column {
	var more []column
	if m.briefed || m.evictions != nil && m.evictions.Len() > 0 {
		more = append(more,
			column{"State", len("uncertain 12s"), func(a wire.Address) line { return m.state(now, a) }, m.stateKey})
	}
	if m.briefed {
		more = append(more,
			column{"Heal", len("split 59m59s"), func(a wire.Address) line { return m.healing(now, a) }, m.healingKey})
	}
	if m.vital {
		more = append(more,
			m.vitals("Version", len("0.10.0"), func(v *vitals) (string, float64) { return v.version, 0 }),
			m.vitals("Uptime", len("23h59m"), func(v *vitals) (string, float64) { return short(v.Uptime), v.Uptime.Seconds() }),
			m.vitals("p50", len("123ms"), func(v *vitals) (string, float64) { return fine(v.PingMedian), -v.PingMedian.Seconds() }),
			m.vitals("p95", len("123ms"), func(v *vitals) (string, float64) { return fine(v.PingP95), -v.PingP95.Seconds() }))
	}
	if _, one := v.side(m); one {
		return more // which has the others already
	}
	if len(m.held) > 0 && (m.briefed || m.vital) {
		more = append(more, column{"Incarnated (UTC)", len("2006-01-02 15:04:05"), m.since, nil})
	}
	if slices.ContainsFunc(m.members, func(a wire.Address) bool { return len(m.labelsOf[a]) > 0 }) {
		more = append(more, column{"Labels", len("Labels"), func(a wire.Address) line { return line{{m.labelsOf[a], plain}} }, nil})
	}
	return more
}

const statusWidth = len("suspect +2")

func sideName(i int) string { return fmt.Sprintf("P%d", i+1) }

func addressColumn(m *model) column {
	places := make(map[wire.Address]int, len(m.members))
	c := column{"Address", len("Address"), func(a wire.Address) line { return line{{string(a), plain}} }, nil}
	for i, a := range m.members {
		c.width = max(c.width, len(a))
		places[a] = i
	}
	c.key = func(a wire.Address) key { return key{number: float64(places[a])} }
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
	case m.heldDown(a) || m.isEvicted(a) && m.held[a].statuses == 0:
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

// changedKey sorts the last change first.
func (m *model) changedKey(a wire.Address) key {
	c, known := m.changes[a]
	return key{missing: !known, number: -float64(c.at.UnixMilli())}
}

// since returns when the member took on its incarnation, by its clock.
func (m *model) since(a wire.Address) line {
	h, known := m.held[a]
	if !known {
		return nil
	}
	return line{{render.Incarnated(h.incarnation)[:len("2006-01-02 15:04:05")], plain}}
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
	}, nil}
}
