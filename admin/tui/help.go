package tui

import (
	"slices"

	"github.com/gdamore/tcell/v2"
)

// help is a text that a page shows in place of its own. It scrolls where it does
// not fit.
type help struct {
	text   []line
	open   bool
	window window
}

// draw draws as much of the text from y as fits, and below it where in the text
// that is.
func (h *help) draw(screen tcell.Screen, t theme, y, height int) {
	h.window.fit(len(h.text), height-1)
	lines := slices.Clone(h.text[h.window.first:h.window.end()])
	lines = append(lines, make([]line, max(0, height-1-len(lines)))...)
	lines = append(lines, line{{" ↑↓ ^F^B scroll  any other key: back   " + h.window.String(), faint}})
	drawLines(screen, t, lines, y, height)
}

// key takes every key while the help is open: q does not end the program from
// here.
func (h *help) key(ev *tcell.EventKey) {
	if by, moves := movement(ev, h.window.height); moves {
		h.window.move(by)
		return
	}
	h.open, h.window.first = false, 0
}

// The lines of help are at most as long as fits into 60 columns.
var (
	topHelp = slices.Concat([]line{
		{{" Keys", strong}},
		{{" 0-9          all sides, or one with incarnations, labels", plain}},
		{{" ↑ ↓ k j      up, down", plain}},
		{{" ^F ^B        page down, page up", plain}},
		{{" g G          to the first, to the last", plain}},
		{{" ← → h l      more columns, when they do not fit", plain}},
		{{" /            only rows with this text; Esc: all again", plain}},
		{{" s            sort by address, status, last change", plain}},
		{{" < >          sort by the column to the left, the right", plain}},
		{{" R            the other way round", plain}},
		{{" w            wide: all columns, and back", plain}},
		{{" Enter        who thinks what of the member, since when", plain}},
		{{" a            act on the member: leave, evict, explain", plain}},
	}, commonKeys, []line{
		{},
		{{" Columns", strong}},
		{{" P1, P2, …    what each side says: nodes that gossip with", plain}},
		{{"              each other; +2: two of them do not say so", plain}},
		{{" Most say,    while a change spreads through one side:", plain}},
		{{" Others say   how many nodes say what", plain}},
		{{" --           they do not know the member", plain}},
		{{" Answers      as seen from here: yes, and its side;", plain}},
		{{"              NO: some hold it up; no: none does", plain}},
		{{" Changed      when we last saw its status change", plain}},
		{{" State        serving, or why it serves no key", plain}},
		{{" Heal         split: it suspects one; since when", plain}},
		{{" Uptime       of the process", plain}},
		{{" p50, p95     how long its pings take", plain}},
		{{" As many of these as fit are shown; w shows all.", plain}},
	}, verdictHelp)
	watchHelp = slices.Concat([]line{
		{{" Keys", strong}},
		{{" ↑ ↓ k j      scroll the timeline", plain}},
		{{" ^F ^B        by a page", plain}},
		{{" g G          to the latest, to the earliest", plain}},
	}, commonKeys, []line{
		{},
		{{" Rows", strong}},
		{{" A row is a side: nodes that gossip with each other.", plain}},
		{{" Members count as what most of its nodes say they are.", plain}},
		{{" Under Checksum: how many views there are, if several.", plain}},
	}, verdictHelp)

	// commonKeys are the keys that every screen has.
	commonKeys = []line{
		{{" + -          refresh less often, more often", plain}},
		{{" Space        pause, go on", plain}},
		{{" r            refresh now", plain}},
		{{" d            append what is shown to the dump file", plain}},
		{{" :            a command: Tab completes, ↑↓ history", plain}},
		{{" Esc          back to the page before", plain}},
		{{" q ^C         quit", plain}},
	}
	verdictHelp = []line{
		{},
		{{" Verdict", strong}},
		{{" AGREED       the nodes of the one side hold one view", plain}},
		{{" SPREADING    they do not yet: ends by itself", plain}},
		{{" SPLIT        sides that do not gossip with each other", plain}},
		{{" STALE        no node answers now: the last good look", plain}},
		{{" It counts members that are up, suspect, not answering,", plain}},
		{{" faulty, left; its colour is that of the worst.", plain}},
		{{" The strip has the most sides there were in ten seconds.", plain}},
	}
)
