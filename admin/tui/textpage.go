package tui

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// textKeys are those that are shown at the bottom, as many as fit.
var textKeys = []string{"Esc back", "q quit", "↑↓ ^F^B scroll", "←→ more", ": command", "Space pause", "r refresh"}

// textPage shows a text that is made anew of each look.
type textPage struct {
	theme
	title string // the command that shows it
	// text makes the text. It may ask nodes, and runs beside the session. Nil: the text
	// does not depend on looks.
	text func(context.Context, *admin.Cluster) (string, error)

	lines  []line
	err    error
	of     *admin.Cluster // that the lines are about; nil: none yet
	making bool
	window window
	left   int // cells that are scrolled away
}

func (p *textPage) name() string { return p.title }

func (p *textPage) draw(screen tcell.Screen, f *frame) {
	width, height := screen.Size()
	screen.HideCursor()
	head := append(f.head(), line{})
	foot := f.foot(textKeys, width)
	rest := height - len(head) - len(foot)
	drawLines(screen, p.theme, head, 0, height)
	lines := p.lines
	switch {
	case p.err != nil:
		lines = wrap(p.err.Error(), width-2, bad)
	case lines == nil:
		lines = []line{{{" Asking…", faint}}}
	case len(lines) == 0:
		lines = []line{{{" Nothing.", faint}}}
	}
	p.window.fit(len(lines), rest)
	for i, l := range lines[p.window.first:p.window.end()] {
		drawLines(screen, p.theme, []line{l.from(p.left)}, len(head)+i, 1)
	}
	drawLines(screen, p.theme, foot, len(head)+max(rest, 0), len(foot))
}

func (p *textPage) key(ev *tcell.EventKey) bool {
	if by, moves := movement(ev, p.window.height); moves {
		p.window.move(by)
		return true
	}
	const step = 10
	switch {
	case ev.Key() == tcell.KeyLeft || ev.Rune() == 'h':
		p.left = max(0, p.left-step)
	case ev.Key() == tcell.KeyRight || ev.Rune() == 'l':
		longest := 0
		for _, l := range p.lines {
			longest = max(longest, l.width())
		}
		p.left = max(0, min(p.left+step, longest-step))
	default:
		return false
	}
	return true
}

// set shows a text.
func (p *textPage) set(text string, err error) {
	p.err = err
	if err != nil {
		return
	}
	p.lines = []line{}
	for text := range strings.Lines(text) {
		p.lines = append(p.lines, coloured(strings.TrimRight(text, "\n")))
	}
}

// coloured returns a line of text in which statuses have their tones.
func coloured(text string) line {
	var l line
	plainly := 0
	for i := 0; i < len(text); {
		if text[i] == ' ' {
			i++
			continue
		}
		end := i
		for end < len(text) && text[end] != ' ' {
			end++
		}
		if t, known := toneOfWord[strings.TrimRight(text[i:end], ",;:.")]; known {
			l = append(l, span{text[plainly:i], plain}, span{text[i:end], t})
			plainly = end
		}
		i = end
	}
	return append(l, span{text[plainly:], plain})
}

var toneOfWord = map[string]tone{
	wire.Alive.String(): good, wire.Suspect.String(): warning, wire.Faulty.String(): bad,
	"fenced": bad, "uncertain": warning, "lost": bad, "failed": bad, "evicted": bad,
}

// wrap breaks a text into lines of at most width cells.
func wrap(text string, width int, t tone) []line {
	var lines []line
	width = max(width, 10)
	for text := range strings.Lines(text) {
		runes := []rune(printable(strings.TrimSpace(text)))
		for len(runes) > width {
			end := width
			for i := width; i > width/2; i-- {
				if runes[i] == ' ' {
					end = i
					break
				}
			}
			lines = append(lines, line{{" " + strings.TrimSpace(string(runes[:end])), t}})
			runes = []rune(strings.TrimSpace(string(runes[end:])))
		}
		lines = append(lines, line{{" " + string(runes), t}})
	}
	return lines
}

// printable returns a text without what would play with a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return utf8.RuneError
		}
		return r
	}, text)
}
