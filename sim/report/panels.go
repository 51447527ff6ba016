package report

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

// Panels is a picture of small charts of the same kind, side by side. Both axes
// are logarithmic.
type Panels struct {
	Title    string
	X, Y     string    // what the axes show
	XTicks   []float64 // at least one
	YTicks   []float64 // at least two; they are the range of the axis
	Goals    []float64 // values that are not to be exceeded
	GoalText string
	Lines    []string // names of the lines, the same in all panels
	Panels   []Panel
	PerRow   int
	Footnote string
}

// Panel is one of the charts. Lines has the points of each line in the order of
// Panels.Lines.
type Panel struct {
	Title string
	Lines [][]Point
}

// Point is a value and how far it reaches up: a median and a 99th percentile, say.
// An infinite value is drawn at the top edge.
type Point struct{ X, Y, To float64 }

// The measures of a panel and of what is around all of them.
const (
	panelWidth, panelHeight = 236.0, 176.0
	panelLeft, panelTop     = 40.0, 26.0
	panelRight, panelBottom = 10.0, 24.0
	pageTop, pageBottom     = 62.0, 34.0
)

var lineColours = []string{"#c2571a", "#1f5fa8", "#23824a", "#6b50a8"}

// WriteSVG writes the picture as an SVG document that needs nothing else.
func (p *Panels) WriteSVG(w io.Writer) error {
	rows := (len(p.Panels) + p.PerRow - 1) / p.PerRow
	width, height := panelWidth*float64(p.PerRow)+panelRight, p.top()+panelHeight*float64(rows)+pageBottom
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" aria-label="%s" font-family="system-ui, sans-serif" font-size="11" fill="#4c5b69">`+"\n",
		width, height, width, height, html.EscapeString(p.Title))
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#fff"/>`+"\n")
	fmt.Fprintf(&b, `<text x="12" y="24" font-size="16" fill="#1c2733">%s</text>`+"\n", html.EscapeString(p.Title))
	p.legend(&b)
	for i := range p.Panels {
		x, y := panelWidth*float64(i%p.PerRow), p.top()+panelHeight*float64(i/p.PerRow)
		fmt.Fprintf(&b, `<g transform="translate(%.0f %.0f)">`+"\n", x, y)
		p.axes(&b)
		p.draw(&b, &p.Panels[i])
		b.WriteString("</g>\n")
	}
	fmt.Fprintf(&b, `<text x="12" y="%.0f">%s</text>`+"\n</svg>\n", height-12, html.EscapeString(p.Footnote))
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *Panels) legend(b *strings.Builder) {
	fmt.Fprintf(b, `<text x="12" y="46">%s, by %s</text>`+"\n", html.EscapeString(p.Y), html.EscapeString(p.X))
	x, y := 420, 46
	if p.narrow() {
		x, y = 12, 46+legendHeight
	}
	for i, name := range p.Lines {
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="10" height="10" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n",
			x, y-9, lineColours[i%len(lineColours)], x+15, y, html.EscapeString(name))
		x += 110
	}
	if len(p.Goals) > 0 {
		fmt.Fprintf(b, `<line x1="%d" x2="%d" y1="%d" y2="%d" stroke="#8494a3" stroke-dasharray="4 3"/><text x="%d" y="%d">%s</text>`+"\n",
			x, x+22, y-4, y-4, x+27, y, html.EscapeString(p.GoalText))
	}
}

// legendHeight is that of a line of text of its own for the legend.
const legendHeight = 18

// narrow reports whether the legend does not fit beside what the axes are.
func (p *Panels) narrow() bool { return p.PerRow < 4 }

// top is where the panels begin.
func (p *Panels) top() float64 {
	if p.narrow() {
		return pageTop + legendHeight
	}
	return pageTop
}

// x and y return where a value is in a panel.
func (p *Panels) x(v float64) float64 {
	first, last := p.XTicks[0], p.XTicks[len(p.XTicks)-1]
	const inset = 12
	room := panelWidth - panelLeft - panelRight - 2*inset
	return panelLeft + inset + room*along(v, first, last)
}

func (p *Panels) y(v float64) float64 {
	return panelHeight - panelBottom - (panelHeight-panelTop-panelBottom)*along(v, p.YTicks[0], p.YTicks[len(p.YTicks)-1])
}

// along returns how far a value is from one to another, from 0 to 1.
func along(v, first, last float64) float64 {
	if first >= last {
		return 0.5
	}
	v = min(max(v, first), last)
	return math.Log(v/first) / math.Log(last/first)
}

func (p *Panels) axes(b *strings.Builder) {
	for _, v := range p.YTicks {
		fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="#e1e6eb"/><text x="%.1f" y="%.1f" text-anchor="end">%g</text>`+"\n",
			panelLeft, panelWidth-panelRight, p.y(v), p.y(v), panelLeft-5, p.y(v)+4, v)
	}
	for _, v := range p.XTicks {
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="middle">%g</text>`+"\n", p.x(v), panelHeight-panelBottom+15, v)
	}
	for _, g := range p.Goals {
		fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="#8494a3" stroke-dasharray="4 3"/>`+"\n",
			panelLeft, panelWidth-panelRight, p.y(g), p.y(g))
	}
}

func (p *Panels) draw(b *strings.Builder, panel *Panel) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" fill="#1c2733" font-size="12">%s</text>`+"\n", panelLeft, panelTop-8, html.EscapeString(panel.Title))
	for i, line := range panel.Lines {
		colour := lineColours[i%len(lineColours)]
		shift := 3 * (float64(i) - float64(len(panel.Lines)-1)/2) // so that they do not hide each other
		path := ""
		for j, pt := range line {
			x, y := p.x(pt.X)+shift, p.y(pt.Y)
			path += fmt.Sprintf("%c%.1f %.1f", "ML"[min(j, 1)], x, y)
			fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="%s" stroke-opacity=".45" stroke-width="3"/>`, x, x, y, p.y(pt.To), colour)
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"><title>%s</title></circle>`+"\n", x, y, colour, html.EscapeString(fmt.Sprintf("%g: %.3g to %.3g", pt.X, pt.Y, pt.To)))
		}
		fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="1.4"/>`+"\n", path, colour)
	}
}
