package tui

import (
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"

	"github.com/ringmend/ringmend/node/wire"
)

// gap is what is between two columns.
const gap = 3

// table draws a list of members, one in each row below a head. The first column
// stays when others are scrolled away.
type table struct {
	window
	skipped int // columns after the first
}

// scroll scrolls by a number of columns.
func (t *table) scroll(by, columns int) {
	t.skipped = max(0, min(t.skipped+by, columns-2))
}

// draw draws the members that are in the window. The last column has all the room
// that is left.
func (t *table) draw(screen tcell.Screen, theme theme, columns []column, s *sorting, list []wire.Address, y int) {
	t.scroll(0, len(columns))
	columns = slices.Clone(columns)
	for i, marked := range s.marked(columns) {
		columns[i].title = marked
	}
	shown := append(columns[:1:1], columns[1+t.skipped:]...)
	last := len(shown) - 1
	row := func(cell func(column) line) line {
		l := line{{" ", plain}}
		for _, c := range shown[:last] {
			l = append(l, cell(c).fit(c.room())...)
			l = append(l, span{strings.Repeat(" ", gap), plain})
		}
		return append(l, cell(shown[last])...)
	}
	lines := []line{row(func(c column) line { return line{{c.title, strong}} })}
	for _, member := range list[t.first:t.end()] {
		lines = append(lines, row(func(c column) line { return c.cell(member) }))
	}
	drawLines(screen, theme, lines, y, len(lines))
}
