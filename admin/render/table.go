package render

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// table is a list of rows of cells. Rows may differ in length.
type table [][]string

// String aligns the columns to the left, with a space in front of each line and
// three between columns: the layout that scripts around Ringpop have been cut
// for. No line ends in spaces.
func (t table) String() string {
	var widths []int
	for _, row := range t {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var text, line strings.Builder
	for _, row := range t {
		line.Reset()
		gap := " "
		for i, cell := range row {
			line.WriteString(gap)
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
			gap = "   "
		}
		text.WriteString(strings.TrimRight(line.String(), " "))
		text.WriteByte('\n')
	}
	return text.String()
}

// maxForeign is how much of a text that a node sent is shown, in characters.
const maxForeign = 200

// Foreign makes a text that may come from a node fit to be printed: one line, of
// a sane length, without the escape sequences that would play with a terminal.
func Foreign(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n == maxForeign {
			b.WriteString("…")
			break
		}
		if !unicode.IsPrint(r) {
			r = utf8.RuneError
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}
