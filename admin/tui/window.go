package tui

import (
	"fmt"

	"github.com/gdamore/tcell/v2"
)

// window is the part of a list that is in view, where the list is longer than
// there are lines.
type window struct {
	first          int // of the list in view
	height, length int // in lines: of the view, and of the whole list
}

// fit records how long the list is now and how many lines there are for it. No
// line stays empty while the list goes on above.
func (w *window) fit(length, height int) {
	w.length, w.height = length, max(height, 0)
	w.first = max(0, min(w.first, length-w.height))
}

// show moves the window as little as brings line i into view.
func (w *window) show(i int) {
	w.first = max(min(w.first, i), i-w.height+1)
	w.fit(w.length, w.height)
}

// move moves the window by a number of lines.
func (w *window) move(by int) {
	w.first += by
	w.fit(w.length, w.height)
}

// end is after the last line in view.
func (w *window) end() int { return min(w.first+w.height, w.length) }

// String returns which lines are in view: "1-17 of 100".
func (w *window) String() string {
	if w.length <= w.height {
		return fmt.Sprint(w.length)
	}
	return fmt.Sprintf("%d-%d of %d", w.first+1, w.end(), w.length)
}

// far is further than any list is long.
const far = 1 << 30

// movement returns how many lines a key moves up or down by, if it does. page is
// how many lines are in view.
func movement(ev *tcell.EventKey, page int) (by int, moves bool) {
	page = max(page, 1)
	switch ev.Key() {
	case tcell.KeyUp:
		return -1, true
	case tcell.KeyDown:
		return 1, true
	case tcell.KeyPgUp, tcell.KeyCtrlB:
		return -page, true
	case tcell.KeyPgDn, tcell.KeyCtrlF:
		return page, true
	case tcell.KeyHome:
		return -far, true
	case tcell.KeyEnd:
		return far, true
	}
	switch ev.Rune() {
	case 'k':
		return -1, true
	case 'j':
		return 1, true
	case 'g':
		return -far, true
	case 'G':
		return far, true
	}
	return 0, false
}
