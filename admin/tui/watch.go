package tui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gdamore/tcell/v2"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

const watchKeys = "? help  q quit  ↑↓ scroll timeline  + - rate  Space pause  r refresh  d dump"

var watchHelp = slices.Concat([]line{
	{{" Keys", strong}},
	{},
	{{" ↑ ↓ k j      scroll the timeline", plain}},
}, commonKeys, []line{
	{{" A row is a set of nodes that agree on their membership. SPREADING is a change", plain}},
	{{" on its way, which ends by itself; SPLIT is sides that do not ping each other.", plain}},
	{{" In the strip, a character is the largest number of partitions in ten seconds.", plain}},
})

// watchPage is the partitions of a cluster, and how they came and went.
type watchPage struct {
	theme
	offset int // of the timeline
	help   bool
}

func newWatchPage(t theme) *watchPage { return &watchPage{theme: t} }

func (p *watchPage) draw(screen tcell.Screen, f *frame) {
	width, height := screen.Size()
	head, foot := f.head(), f.foot(watchKeys)
	rest := height - len(head) - len(foot)
	drawLines(screen, p.theme, head, 0, height)
	drawLines(screen, p.theme, foot, len(head)+rest, len(foot))
	body := watchHelp
	if !p.help {
		body = p.body(f, width, rest)
	}
	drawLines(screen, p.theme, body, len(head), rest)
}

// body returns the partitions, and the timeline in what they leave of height: at
// least half of it.
func (p *watchPage) body(f *frame, width, height int) []line {
	// Three lines are between the parts, and a partition takes two.
	most := max(1, (height/2-3)/2)
	lines := append([]line{{}}, partitionRows(f.partitions, most)...)
	lines = append(lines, line{})
	for i := range f.partitions[:min(len(f.partitions), most)] {
		lines = append(lines, holdsDown(partitionName(i), &f.partitions[i], width))
	}
	timeline := f.history.timeline(f.now)
	p.offset = max(0, min(p.offset, len(timeline)-1))
	lines = append(lines, line{}, line{{" Timeline", strong}})
	return append(lines, timeline[min(p.offset, len(timeline)):]...)
}

// partitionRows returns a table of the partitions, with at most so many of them.
func partitionRows(partitions []admin.Partition, most int) []line {
	const layout = "      %-11s %7s %7s %9s %8s   %s"
	lines := []line{{{fmt.Sprintf(layout, "Checksum", "# Nodes", "# Alive", "# Suspect", "# Faulty", "Sample Host"), strong}}}
	for i := range partitions[:min(len(partitions), most)] {
		p := &partitions[i]
		lines = append(lines, line{{fmt.Sprintf(" %-4s ", partitionName(i)), strong}, {strings.TrimPrefix(fmt.Sprintf(layout,
			strconv.FormatUint(uint64(p.Checksum), 10), strconv.Itoa(len(p.Nodes)), strconv.Itoa(p.Count(wire.Alive)),
			strconv.Itoa(p.Count(wire.Suspect)), strconv.Itoa(p.Count(wire.Faulty)), p.Sample()), "      "), plain}})
	}
	if n := len(partitions) - most; n > 0 {
		lines = append(lines, line{{fmt.Sprintf(" and %d more", n), faint}})
	}
	return lines
}

// holdsDown returns which members a partition holds faulty or suspect, as many as
// fit into width.
func holdsDown(name string, p *admin.Partition, width int) line {
	var faulty, suspect []wire.Address
	for _, m := range p.Members {
		switch m.Status {
		case wire.Faulty:
			faulty = append(faulty, m.Address)
		case wire.Suspect:
			suspect = append(suspect, m.Address)
		}
	}
	l := line{{fmt.Sprintf(" %-4s ", name), strong}}
	if len(faulty)+len(suspect) == 0 {
		return append(l, span{"holds nobody faulty", plain})
	}
	if len(suspect) > 0 {
		l = append(l, span{fmt.Sprintf("%d suspect: ", len(suspect)), warning})
		l = append(l, span{addresses(suspect, width/3) + "  ", plain})
	}
	if len(faulty) > 0 {
		l = append(l, span{fmt.Sprintf("%d faulty: ", len(faulty)), bad})
		l = append(l, span{addresses(faulty, width-len([]rune(l.String()))), plain})
	}
	return l
}

// addresses returns the first addresses that fit into width, at least one, and
// how many more there are.
func addresses(list []wire.Address, width int) string {
	text := string(list[0])
	for i, a := range list[1:] {
		rest := more(len(list) - i - 1)
		next := text + " " + string(a)
		if last := i == len(list)-2; len(next) > width || !last && len(next)+len(rest) > width {
			return text + rest
		}
		text = next
	}
	return text
}

func (p *watchPage) key(ev *tcell.EventKey) bool {
	if p.help {
		p.help = false
		return ev.Rune() != 'q'
	}
	switch {
	case ev.Key() == tcell.KeyUp || ev.Rune() == 'k':
		p.offset--
	case ev.Key() == tcell.KeyDown || ev.Rune() == 'j':
		p.offset++
	case ev.Rune() == '?' || ev.Rune() == 'h':
		p.help = true
	default:
		return false
	}
	return true
}
