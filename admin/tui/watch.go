package tui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gdamore/tcell/v2"

	"github.com/ringmend/ringmend/node/wire"
)

// watchKeys are those that are shown at the bottom, as many as fit.
var watchKeys = []string{"? help", "q quit", "↑↓ ^F^B timeline", ": command", "+ - rate", "Space pause", "r refresh", "d dump"}

// watchPage is the sides of a cluster, and how they came and went.
type watchPage struct {
	theme
	timeline window
	help     help
}

func newWatchPage(t theme) *watchPage { return &watchPage{theme: t, help: help{text: watchHelp}} }

func (p *watchPage) name() string { return "watch" }

func (p *watchPage) draw(screen tcell.Screen, f *frame) {
	width, height := screen.Size()
	head := f.head()
	drawLines(screen, p.theme, head, 0, height)
	if p.help.open {
		p.help.draw(screen, p.theme, len(head), height-len(head))
		return
	}
	foot := f.foot(watchKeys, width)
	rest := height - len(head) - len(foot)
	drawLines(screen, p.theme, p.body(f, width, rest), len(head), rest)
	drawLines(screen, p.theme, foot, len(head)+rest, len(foot))
}

// body returns the sides, and the timeline in what they leave of height: about half
// of it, but for two sides there is room on the smallest terminals.
func (p *watchPage) body(f *frame, width, height int) []line {
	between := []line{{}}
	if height < 12 {
		between = nil // there is no room for empty lines
	}
	// A head and three lines between are there, too, and a side takes two.
	most := max(2, (height/2-2)/2)
	lines := slices.Concat(between, sideRows(f.model, most), between)
	for i := range f.sides[:min(len(f.sides), most)] {
		lines = append(lines, holdsDown(f.model, i, width))
	}
	lines = append(slices.Concat(lines, between), line{{" Timeline", strong}})
	timeline := f.history.timeline(f.now, width)
	p.timeline.fit(len(timeline), height-len(lines))
	return append(lines, timeline[p.timeline.first:p.timeline.end()]...)
}

// sideRows returns a table of up to most sides. Members count as what most nodes of
// the side say they are.
func sideRows(m *model, most int) []line {
	const layout = "      %-11s %7s %7s %9s %8s   %s"
	lines := []line{{{fmt.Sprintf(layout, "Checksum", "# Nodes", "# Alive", "# Suspect", "# Faulty", "Sample Host"), strong}}}
	for i := range m.sides[:min(len(m.sides), most)] {
		side := &m.sides[i]
		checksum := strconv.FormatUint(uint64(side.Views[0].Checksum), 10)
		if views := len(side.Views); views > 1 {
			checksum = fmt.Sprintf("%d views", views)
		}
		count := func(s wire.Status) string { return strconv.Itoa(len(m.tallies[i].held(m.members, s))) }
		lines = append(lines, line{{fmt.Sprintf(" %-4s ", sideName(i)), strong}, {strings.TrimPrefix(fmt.Sprintf(layout, checksum,
			strconv.Itoa(len(side.Nodes)), count(wire.Alive), count(wire.Suspect), count(wire.Faulty), side.Nodes[0]), "      "), plain}})
	}
	if n := len(m.sides) - most; n > 0 {
		lines = append(lines, line{{fmt.Sprintf(" and %d more", n), faint}})
	}
	return lines
}

// holdsDown returns which members a side holds faulty or suspect, as many as fit
// into width.
func holdsDown(m *model, side, width int) line {
	l := line{{fmt.Sprintf(" %-4s ", sideName(side)), strong}}
	if side > 0 && m.sides[side].OneWay {
		l = append(l, span{"known one way only: it has just started, or is an island. ", warning})
	}
	faulty, suspect := m.tallies[side].held(m.members, wire.Faulty), m.tallies[side].held(m.members, wire.Suspect)
	if len(faulty)+len(suspect) == 0 {
		return append(l, span{"holds no member faulty", plain})
	}
	if len(suspect) > 0 {
		l = append(l, span{fmt.Sprintf("%d suspect: ", len(suspect)), warning})
		l = append(l, span{m.naming.names(suspect, width/3) + "  ", plain})
	}
	if len(faulty) > 0 {
		l = append(l, span{fmt.Sprintf("%d faulty: ", len(faulty)), bad})
		l = append(l, span{m.naming.names(faulty, width-l.width()), plain})
	}
	return l
}

func (p *watchPage) key(ev *tcell.EventKey) bool {
	if p.help.open {
		p.help.key(ev)
		return true
	}
	if by, moves := movement(ev, p.timeline.height); moves {
		p.timeline.move(by)
		return true
	}
	if ev.Rune() != '?' && ev.Rune() != 'h' {
		return false
	}
	p.help.open = true
	return true
}
