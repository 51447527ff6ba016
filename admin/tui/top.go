package tui

import (
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"github.com/ringmend/ringmend/node/wire"
)

// topKeys are those that are shown at the bottom, as many as fit.
var topKeys = []string{"? help", "q quit", "0-9 side", "/ filter", "s<>R sort", "Enter details", "a act", "w wide", ": command", "Space pause"}

// detailRows is how many lines the details of a member take at most.
const detailRows = 7

// topPage is every member as the nodes of each side see it.
type topPage struct {
	theme
	rows    int // at most; 0 for as many as fit
	view    members
	table   table
	input   *tview.InputField
	editing bool // the filter
	help    help
	details bool

	model   *model   // that was drawn last
	columns []column // that were drawn last, whether or not they are in view
	shown   []wire.Address
	row     int          // the chosen one of those shown
	at      wire.Address // the chosen member; none: the first in the list
}

func newTopPage(t theme, rows int) *topPage {
	p := &topPage{theme: t, rows: rows, help: help{text: topHelp}}
	p.input = newInput(t)
	p.input.SetChangedFunc(func(text string) { p.view.filter = text })
	return p
}

func (p *topPage) draw(screen tcell.Screen, f *frame) {
	width, height := screen.Size()
	p.model = f.model
	if p.view.tab > len(f.sides) {
		p.view.tab = 0
	}
	screen.HideCursor()
	head := f.head()
	if p.help.open {
		drawLines(screen, p.theme, head, 0, height)
		p.help.draw(screen, p.theme, len(head), height-len(head))
		return
	}
	p.columns = p.view.columns(f.model, f.now, width)
	p.update()
	foot := f.foot(topKeys, width)
	if p.details {
		foot = append(details(f.model, f.now, p.chosen(), detailRows), foot...)
	}
	// The head gets one more line, which says what of the table is in view.
	rest := height - len(head) - 1 - len(foot)
	p.fit(rest)
	head = append(head, p.view.tabs(f.model, &p.table.window, width))
	drawLines(screen, p.theme, head, 0, height)
	p.drawTable(screen, len(head), rest)
	drawLines(screen, p.theme, foot, len(head)+rest, len(foot))
	if p.editing {
		drawLines(screen, p.theme, []line{{{" / ", strong}, {strings.Repeat(" ", width), plain}}}, height-1, 1)
		drawInput(screen, p.input, height-1, width)
	}
}

// update applies what has changed, and keeps the same member chosen.
func (p *topPage) update() {
	p.shown = p.view.list(p.model, p.columns)
	i := slices.Index(p.shown, p.at)
	if i < 0 && p.at != "" {
		i = p.row // it is gone; another is in its place
	}
	p.choose(i)
}

// fit makes the table that high, with the chosen row in view.
func (p *topPage) fit(height int) {
	if p.rows > 0 {
		height = min(height, p.rows+1)
	}
	p.table.fit(len(p.shown), height-1)
	p.table.show(p.row)
}

// choose chooses a row of those shown, the nearest one when there is none such.
// The first row stays chosen whatever comes to stand there, until the choice is
// moved: the worst members would scroll away when they come first.
func (p *topPage) choose(row int) {
	p.row = max(0, min(row, len(p.shown)-1))
	p.at = ""
	if p.row > 0 {
		p.at = p.shown[p.row]
	}
}

// chosen returns the chosen member, if any is shown.
func (p *topPage) chosen() wire.Address {
	if p.row < len(p.shown) {
		return p.shown[p.row]
	}
	return ""
}

// inView returns the members whose rows are in view.
func (p *topPage) inView() []wire.Address {
	return p.shown[min(p.table.first, len(p.shown)):min(p.table.end(), len(p.shown))]
}

func (p *topPage) name() string { return "top" }

func (p *topPage) drawTable(screen tcell.Screen, y, height int) {
	if height <= 0 {
		return
	}
	p.table.draw(screen, p.theme, p.columns, &p.view.sort, p.shown, y)
	if row := y + 1 + p.row - p.table.first; p.row < p.table.end() {
		highlight(screen, row)
	}
}

func (p *topPage) key(ev *tcell.EventKey) bool {
	switch {
	case p.editing:
		p.edit(ev)
		return true
	case p.help.open:
		p.help.key(ev)
		return true
	}
	if by, moves := movement(ev, p.table.height); moves {
		p.choose(p.row + by)
		return true
	}
	switch ev.Key() {
	case tcell.KeyEnter:
		p.details = !p.details
	case tcell.KeyEscape:
		if !p.details && p.view.filter == "" {
			return false
		}
		p.details = false
		p.input.SetText("")
	case tcell.KeyLeft:
		p.scroll(-1)
	case tcell.KeyRight:
		p.scroll(1)
	case tcell.KeyRune:
		return p.rune(ev.Rune())
	}
	return true
}

func (p *topPage) rune(r rune) bool {
	switch r {
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		if tab := int(r - '0'); p.model != nil && tab <= len(p.model.sides) {
			p.view.tab = tab
		}
	case '/':
		p.editing = true
	case 's':
		p.view.sort.next()
		p.choose(0)
	case '<', '>':
		if len(p.columns) > 0 {
			p.view.sort.move(int(r-'='), p.columns)
			p.choose(0)
		}
	case 'R':
		p.view.sort.reversed = !p.view.sort.reversed
		p.choose(0)
	case 'w':
		p.view.wide = !p.view.wide
		p.table.skipped = 0
	case '?':
		p.help.open = true
	case 'h':
		p.scroll(-1)
	case 'l':
		p.scroll(1)
	default:
		return false
	}
	return true
}

// scroll scrolls the columns.
func (p *topPage) scroll(by int) { p.table.scroll(by, len(p.columns)) }

// edit takes a key for the filter: Enter keeps it, Escape drops it.
func (p *topPage) edit(ev *tcell.EventKey) {
	switch ev.Key() {
	case tcell.KeyEscape:
		p.input.SetText("")
		p.editing = false
	case tcell.KeyEnter:
		p.editing = false
	default:
		p.input.InputHandler()(ev, func(tview.Primitive) {})
	}
}
