package tui

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"github.com/ringmend/ringmend/node/wire"
)

// Tone says what a piece of text means. It never says it alone: without colours
// every text means the same.
type tone uint8

const (
	plain tone = iota
	strong
	faint
	chosen
	good
	warning
	bad
)

// span is a piece of text in one tone.
type span struct {
	text string
	tone tone
}

// line is a line of the screen.
type line []span

// width returns how many cells the line takes.
func (l line) width() int { return uniseg.StringWidth(l.String()) }

// fit returns the line, cut off or padded to width cells.
func (l line) fit(width int) line {
	switch has := l.width(); {
	case has < width:
		return append(slices.Clone(l), span{strings.Repeat(" ", width-has), plain})
	case has > width:
		return l.cut(width)
	}
	return l
}

// cut returns the beginning of a line that is longer than that. Its last cell says
// that there is more.
func (l line) cut(width int) line {
	var cut line
	room := max(width-1, 0)
	for _, s := range l {
		text, clusters := "", uniseg.NewGraphemes(s.text)
		for clusters.Next() {
			if clusters.Width() > room {
				return append(cut, span{text, s.tone}, span{strings.Repeat(" ", room) + "…", faint})
			}
			text, room = text+clusters.Str(), room-clusters.Width()
		}
		cut = append(cut, span{text, s.tone})
	}
	return cut
}

// from returns the line without its first cells, but for its margin.
func (l line) from(cells int) line {
	if cells == 0 {
		return l
	}
	rest := line{{" ", plain}}
	skip := cells + 1
	for _, s := range l {
		text, clusters := "", uniseg.NewGraphemes(s.text)
		for clusters.Next() {
			if skip > 0 {
				skip -= clusters.Width()
				continue
			}
			text += clusters.Str()
		}
		rest = append(rest, span{text, s.tone})
	}
	return rest
}

// String returns the text of the line.
func (l line) String() string {
	text := ""
	for _, s := range l {
		text += s.text
	}
	return text
}

// toneOf returns the tone for a status.
func toneOf(s wire.Status) tone {
	switch s {
	case wire.Alive:
		return good
	case wire.Suspect:
		return warning
	case wire.Faulty:
		return bad
	default:
		return faint
	}
}

// theme turns tones into what a terminal can show. The colours are the first of
// the terminal's own palette, which its user has made readable on his background.
type theme struct{ colour bool }

func (t theme) style(n tone) tcell.Style {
	style := tcell.StyleDefault
	switch n {
	case strong:
		style = style.Bold(true)
	case faint:
		style = style.Dim(true)
	case chosen:
		style = style.Reverse(true)
	case warning, bad:
		style = style.Bold(true)
	}
	if !t.colour {
		return style
	}
	switch n {
	case good:
		style = style.Foreground(tcell.PaletteColor(2))
	case warning:
		// Yellow letters cannot be read on white, in the palettes that terminals come
		// with, and bold black ones are grey where bold brightens.
		style = style.Foreground(tcell.PaletteColor(0)).Background(tcell.PaletteColor(3)).Bold(false)
	case bad:
		style = style.Foreground(tcell.PaletteColor(1))
	}
	return style
}

// drawLines draws lines from the left edge at y, cut off at the right edge and
// after height lines.
func drawLines(screen tcell.Screen, t theme, lines []line, y, height int) {
	width, _ := screen.Size()
	for i, l := range lines[:min(len(lines), max(height, 0))] {
		if line := strings.TrimRight(l.String(), " "); uniseg.StringWidth(line) > width {
			l = l.cut(width)
		}
		x := 0
		for _, s := range l {
			// What has a background is as wide as its words.
			words := strings.TrimSpace(s.text)
			before, after, _ := strings.Cut(s.text, words)
			x = drawText(screen, t.style(plain), before, x, y+i, width)
			x = drawText(screen, t.style(s.tone), words, x, y+i, width)
			x = drawText(screen, t.style(plain), after, x, y+i, width)
		}
	}
}

// highlight marks a row as the chosen one. What has a colour keeps it.
func highlight(screen tcell.Screen, y int) {
	width, _ := screen.Size()
	for x := 1; x < width; {
		text, style, cells := screen.Get(x, y)
		screen.Put(x, y, cmp.Or(text, " "), style.Reverse(true))
		x += max(cells, 1)
	}
}

func drawText(screen tcell.Screen, style tcell.Style, text string, x, y, width int) int {
	clusters := uniseg.NewGraphemes(text)
	for clusters.Next() {
		if x+clusters.Width() > width {
			break
		}
		runes := clusters.Runes()
		screen.SetContent(x, y, runes[0], runes[1:], style)
		x += clusters.Width()
	}
	return x
}
