package picture

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"strings"
)

// Theme is the colours of a terminal.
type Theme struct {
	background, text, frame string
	palette                 [8]string
}

// The themes. Their red and green can be read on their background, and their black
// on their yellow (WCAG AA).
var (
	Dark = Theme{"#0d1117", "#e6edf3", "#30363d",
		[8]string{"#0d1117", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#e6edf3"}}
	Light = Theme{"#ffffff", "#1f2328", "#d1d9e0",
		[8]string{"#1f2328", "#cf222e", "#1a7f37", "#d4a72c", "#0969da", "#8250df", "#1b7c83", "#59636e"}}
)

const (
	cellWidth  = 8.4
	cellHeight = 18
	margin     = 12
	fontSize   = 14
	// ascent is from the top of a cell to the line that letters stand on.
	ascent = 14
	// dimmed is how much of faint text is seen.
	dimmed = "0.72"
)

// SVG draws a screen of the given number of columns. The title is for screen readers.
func SVG(screen string, columns int, title string, t Theme) string {
	lines := strings.Split(strings.TrimSuffix(screen, "\n"), "\n")
	width, height := float64(columns)*cellWidth+2*margin, len(lines)*cellHeight+2*margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" viewBox="0 0 %.0f %d" role="img">`+"\n",
		width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n", escape(title))
	fmt.Fprintf(&b, `<rect x="0.5" y="0.5" width="%.0f" height="%d" rx="6" fill="%s" stroke="%s"/>`+"\n",
		width-1, height-1, t.background, t.frame)
	fmt.Fprintf(&b, `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="%d">`+"\n", fontSize)
	for row, line := range lines {
		for _, s := range parse(line) {
			t.draw(&b, s, row)
		}
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// draw draws a span: what is behind it, and its text.
func (t *Theme) draw(b *strings.Builder, s span, row int) {
	x, y, width := s.extent(row)
	colour, behind := t.colours(s.style)
	if behind != "" {
		fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", x, y, width, cellHeight, behind)
	}
	more := ""
	if s.style.bold {
		more += ` font-weight="bold"`
	}
	if s.style.dim {
		more += ` opacity="` + dimmed + `"`
	}
	for _, p := range s.phrases() {
		// As wide as its cells, whatever the font.
		x, _, width := p.extent(row)
		fmt.Fprintf(b, `<text x="%.1f" y="%d" textLength="%.1f" fill="%s"%s>%s</text>`+"\n",
			x, y+ascent, width, colour, more, escape(p.text))
	}
}

// extent returns the upper left corner of a span in a row, and its width.
func (s *span) extent(row int) (x float64, y int, width float64) {
	return margin + float64(s.column)*cellWidth, margin + row*cellHeight, float64(len([]rune(s.text))) * cellWidth
}

// colours returns the colour of letters, and what is behind them if that is not
// the background of the whole.
func (t *Theme) colours(s style) (letters, behind string) {
	letters = t.text
	if s.colour >= 0 {
		letters = t.palette[s.colour]
	}
	if s.background >= 0 {
		behind = t.palette[s.background]
	}
	if s.reverse {
		letters, behind = cmp.Or(behind, t.background), letters
	}
	return letters, behind
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}
