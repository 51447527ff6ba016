package tui

import (
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

const (
	topKeys = "? help  q quit  0-9 tab  ↑↓ move  / filter  s sort  Enter details  Space pause"
	// detailRows is how many lines the details of a member take at most.
	detailRows = 7
)

var topHelp = slices.Concat([]line{
	{{" Keys", strong}},
	{},
	{{" 0-9          All, or one partition", plain}},
	{{" ↑ ↓ k j      up, down", plain}},
	{{" ← → h l      left, right, when there are more columns than fit", plain}},
	{{" ^F ^B        page down, page up", plain}},
	{{" g G          to the first, to the last member", plain}},
	{{" /            show only members with a text in their row; Esc shows all again", plain}},
	{{" s            sort by address, status, last change", plain}},
	{{" Enter        what each partition thinks of the member, and since when", plain}},
}, commonKeys, []line{
	{{" -- is a member that a partition does not know. Answers is as seen from here:", plain}},
	{{" yes, and in which partition the member itself is; NO for members that", plain}},
	{{" somebody holds up, no for those that all hold down.", plain}},
})

// topPage is every member as each partition sees it.
type topPage struct {
	theme
	rows    int // at most; 0 for as many as fit
	view    members
	table   *tview.Table
	input   *tview.InputField
	editing bool // the filter
	help    bool
	details bool

	frame        *frame // that was drawn last
	shown        []wire.Address
	header       []string
	addressWidth int
	cells        map[wire.Address][]span // of the rows in view
	at           wire.Address            // the selected member
}

func newTopPage(t theme, rows int) *topPage {
	p := &topPage{theme: t, rows: rows}
	p.table = tview.NewTable().SetFixed(1, 1).SetSelectable(true, false).SetSelectedStyle(t.style(chosen))
	p.table.SetBackgroundColor(tcell.ColorDefault)
	p.table.SetContent(memberTable{page: p})
	p.table.SetSelectionChangedFunc(func(row, _ int) {
		if i := row - 1; i >= 0 && i < len(p.shown) {
			p.at = p.shown[i]
		}
	})
	p.input = tview.NewInputField().SetFieldStyle(t.style(plain))
	p.input.SetBackgroundColor(tcell.ColorDefault)
	p.input.SetChangedFunc(func(text string) { p.view.filter = text })
	return p
}

func (p *topPage) draw(screen tcell.Screen, f *frame) {
	width, height := screen.Size()
	p.frame = f
	if p.view.tab > len(f.partitions) {
		p.view.tab = 0
	}
	p.update(f)

	head := append(f.head(), p.view.tabs(f.model, len(p.shown)))
	foot := f.foot(topKeys)
	if p.details && !p.help {
		foot = append(details(f.model, f.now, p.at, detailRows), foot...)
	}
	drawLines(screen, p.theme, head, 0, height)
	rest := height - len(head) - len(foot)
	drawLines(screen, p.theme, foot, len(head)+rest, len(foot))
	switch {
	case p.help:
		drawLines(screen, p.theme, topHelp, len(head), rest)
	case rest > 0:
		if p.rows > 0 {
			rest = min(rest, p.rows+1)
		}
		p.table.SetRect(1, len(head), width-1, rest)
		p.table.Draw(screen)
	}
	if p.editing {
		drawLines(screen, p.theme, []line{{{" / ", strong}, {strings.Repeat(" ", width), plain}}}, height-1, 1)
		p.input.SetRect(3, height-1, max(width-3, 0), 1)
		p.input.Focus(func(tview.Primitive) {})
		p.input.Draw(screen)
	} else {
		screen.HideCursor()
	}
}

// update takes in what has changed, and keeps the same member selected.
func (p *topPage) update(f *frame) {
	p.shown = p.view.list(f.model, f.now)
	p.header, p.cells = p.view.header(f.model), map[wire.Address][]span{}
	p.addressWidth = len("Address")
	for _, a := range f.members {
		p.addressWidth = max(p.addressWidth, len(a))
	}
	if len(p.shown) == 0 {
		p.at = ""
		return
	}
	i := slices.Index(p.shown, p.at)
	if i < 0 {
		row, _ := p.table.GetSelection()
		i = max(0, min(row-1, len(p.shown)-1))
		p.at = p.shown[i]
	}
	if row, _ := p.table.GetSelection(); row != i+1 {
		p.table.Select(i+1, 0)
	}
}

func (p *topPage) key(ev *tcell.EventKey) bool {
	switch {
	case p.editing:
		p.edit(ev)
		return true
	case p.help:
		p.help = false
		return ev.Rune() != 'q'
	}
	switch ev.Key() {
	case tcell.KeyEnter:
		p.details = !p.details
		return true
	case tcell.KeyEscape:
		p.details = false
		p.input.SetText("")
		return true
	case tcell.KeyRune:
		return p.rune(ev)
	}
	p.scroll(ev)
	return true
}

func (p *topPage) rune(ev *tcell.EventKey) bool {
	switch r := ev.Rune(); r {
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		if tab := int(r - '0'); p.frame != nil && tab <= len(p.frame.partitions) {
			p.view.tab = tab
		}
	case '/':
		p.editing = true
	case 's':
		p.view.order = (p.view.order + 1) % numOrders
		p.at = ""
		p.table.Select(1, 0)
	case '?':
		p.help = true
	case 'g', 'G', 'h', 'j', 'k', 'l':
		p.scroll(ev)
	default:
		return false
	}
	return true
}

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

func (p *topPage) scroll(ev *tcell.EventKey) {
	p.table.InputHandler()(ev, func(tview.Primitive) {})
}

// memberTable shows the members of a page as a table. Only the rows that are in
// view are made.
type memberTable struct {
	tview.TableContentReadOnly
	page *topPage
}

// GetRowCount implements tview.TableContent.
func (t memberTable) GetRowCount() int { return len(t.page.shown) + 1 }

// GetColumnCount implements tview.TableContent.
func (t memberTable) GetColumnCount() int { return len(t.page.header) }

// GetCell implements tview.TableContent.
func (t memberTable) GetCell(row, column int) *tview.TableCell {
	p := t.page
	switch {
	case row < 0 || row > len(p.shown) || column < 0 || column >= len(p.header):
		return nil
	case row == 0:
		return p.cell(span{p.header[column], strong}, p.header[column]).SetSelectable(false)
	}
	a := p.shown[row-1]
	cells, made := p.cells[a]
	if !made {
		cells = p.view.row(p.frame.model, p.frame.now, a)
		p.cells[a] = cells
	}
	return p.cell(cells[column], p.header[column])
}

// cell returns a cell. Its width does not depend on what else is in view, so that
// columns stay where they are while the table scrolls.
func (p *topPage) cell(s span, header string) *tview.TableCell {
	width := p.addressWidth
	if header != "Address" {
		width = columnWidth(header)
	}
	padding := strings.Repeat(" ", max(0, width-len([]rune(s.text))))
	text, style := tview.Escape(s.text), p.style(s.tone)
	if _, background, _ := style.Decompose(); background != tcell.ColorDefault {
		// As a style it would fill the column.
		text, style = "[black:olive]"+text+"[-:-]", style.Background(tcell.ColorDefault)
	}
	return tview.NewTableCell(text + padding + "  ").SetStyle(style)
}

// columnWidth returns how wide a column with this header is at least.
func columnWidth(header string) int {
	switch header {
	case "Inc. No.":
		return len("1700000000000")
	case "Changed":
		return len("59m59s ago")
	case "Answers":
		return len("yes, P1")
	case "Labels":
		return len(header)
	case "Incarnated (UTC)":
		return len(render.Instant)
	default: // a status
		return len("tombstone")
	}
}
