package compare

import (
	"errors"
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/lab/result"
)

// The measures of a chart of panels.
const (
	panelWidth, panelHeight = 300.0, 150.0
	panelLeft, panelTop     = 44.0, 26.0
	panelRight, panelBottom = 10.0, 22.0
	headHeight              = 58.0
	perRow                  = 3
	chartWidth              = panelWidth * perRow
)

var colours = []string{"#1f5fa8", "#c2571a", "#23824a", "#6b50a8", "#8a6d00", "#a1245f"}

// chart is a picture of panels, which looks the same on a light and a dark page.
type chart struct {
	b       strings.Builder
	systems []string
	head    float64 // where the panels begin
}

// newChart returns a chart with room for panels of a height: title, note, and a legend, in as many
// lines as it needs.
func newChart(title, note string, groups []*Group, panels float64) *chart {
	c := &chart{head: headHeight}
	for _, g := range groups {
		if name := g.Name(); !slices.Contains(c.systems, name) {
			c.systems = append(c.systems, name)
		}
	}
	legend := c.legend()
	height := c.head + panels
	fmt.Fprintf(&c.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" aria-label="%s" font-family="system-ui, sans-serif" font-size="11" fill="#4c5b69">`+"\n",
		chartWidth, height, chartWidth, height, html.EscapeString(title))
	fmt.Fprintf(&c.b, `<rect width="100%%" height="100%%" fill="#fff"/><text x="12" y="22" font-size="15" fill="#1c2733">%s</text><text x="12" y="42">%s</text>`+"\n", html.EscapeString(title), html.EscapeString(note))
	c.b.WriteString(legend)
	return c
}

// legend names the systems, and makes room for itself.
func (c *chart) legend() string {
	const margin, box, letter, line = 12.0, 32.0, 6.3, 18.0
	var b strings.Builder
	x := margin
	for i, name := range c.systems {
		width := box + letter*float64(len(name))
		if x+width > chartWidth-margin && x > margin {
			x, c.head = margin, c.head+line
		}
		fmt.Fprintf(&b, `<rect x="%.0f" y="%.0f" width="10" height="10" fill="%s"/><text x="%.0f" y="%.0f">%s</text>`+"\n",
			x, c.head-4, colours[i%len(colours)], x+15, c.head+5, html.EscapeString(name))
		x += width
	}
	c.head += line
	return b.String()
}

func (c *chart) colour(g *Group) string {
	return colours[slices.Index(c.systems, g.Name())%len(colours)]
}

func (c *chart) panel(i int, title string) {
	fmt.Fprintf(&c.b, `<g transform="translate(%.0f %.0f)"><text x="%.0f" y="%.0f" fill="#1c2733">%s</text>`+"\n",
		panelWidth*float64(i%perRow), c.head+panelHeight*float64(i/perRow), panelLeft, panelTop-9, html.EscapeString(title))
}

func (c *chart) y(part float64) float64 {
	return panelHeight - panelBottom - (panelHeight-panelTop-panelBottom)*part
}

func (c *chart) grid(part float64, text string) {
	fmt.Fprintf(&c.b, `<line x1="%g" x2="%g" y1="%.1f" y2="%.1f" stroke="#e1e6eb"/><text x="%g" y="%.1f" text-anchor="end">%s</text>`+"\n",
		panelLeft, panelWidth-panelRight, c.y(part), c.y(part), panelLeft-5, c.y(part)+4, text)
}

func (c *chart) write(w io.Writer) error {
	c.b.WriteString("</svg>\n")
	_, err := io.WriteString(w, c.b.String())
	return err
}

// faultsOf returns the groups of each fault.
func faultsOf(groups []*Group) (list [][]*Group) {
	for _, g := range groups {
		if n := len(list); n > 0 && list[n-1][0].title() == g.title() {
			list[n-1] = append(list[n-1], g)
		} else {
			list = append(list, []*Group{g})
		}
	}
	return list
}

// WriteAnswered draws how much was answered over time, in a panel for each fault with a
// line for each system: the mean of its runs.
func WriteAnswered(w io.Writer, title string, groups []*Group) error {
	faults := faultsOf(groups)
	rows := (len(faults) + perRow - 1) / perRow
	c := newChart(title, "% answered, by when the operations were to start; shaded: the fault", groups, panelHeight*float64(rows))
	for i, list := range faults {
		c.panel(i, list[0].title())
		end := list[0].runs[0].Config.DurationS
		x := func(t float64) float64 { return panelLeft + (panelWidth-panelLeft-panelRight)*min(t/end, 1) }
		fmt.Fprintf(&c.b, `<rect x="%.1f" width="%.1f" y="%g" height="%.1f" fill="#f4c98b" fill-opacity=".35"/>`+"\n", x(end/3), x(end*2/3)-x(end/3), panelTop, panelHeight-panelTop-panelBottom)
		for _, v := range []float64{0, 50, 100} {
			c.grid(v/100, fmt.Sprint(v))
		}
		for part := range 4 {
			t := end * float64(part) / 3
			fmt.Fprintf(&c.b, `<text x="%.1f" y="%g" text-anchor="middle">%.3g s</text>`+"\n", x(t), panelHeight-7, t)
		}
		for _, g := range list {
			line, err := answeredOverTime(g, end)
			if err != nil {
				return err
			}
			path := ""
			for j, v := range line {
				path += fmt.Sprintf("%c%.1f %.1f", "ML"[min(j, 1)], x((float64(j)+.5)*end/float64(len(line))), c.y(v))
			}
			fmt.Fprintf(&c.b, `<path d="%s" fill="none" stroke="%s" stroke-width="1.6" stroke-opacity=".85"/>`+"\n", path, c.colour(g))
		}
		c.b.WriteString("</g>\n")
	}
	return c.write(w)
}

// answeredOverTime returns the parts of operations that were answered.
func answeredOverTime(g *Group, end float64) ([]float64, error) {
	bins := int(min(72, max(12, end*2)))
	ok, all := make([]float64, bins), make([]float64, bins)
	for _, r := range g.runs {
		if !counts(r) {
			continue
		}
		full, err := result.LoadAll(r.Dir)
		if err != nil {
			return nil, err
		}
		for i := range full.Ops {
			bin := min(bins-1, int(float64(full.Ops[i].Intended)/end*float64(bins)))
			if all[bin]++; full.Ops[i].Outcome == result.OK {
				ok[bin]++
			}
		}
	}
	for i := range ok {
		if all[i] > 0 {
			ok[i] /= all[i]
		}
	}
	return ok, nil
}

// WriteMetrics draws metrics in a panel each: a row for each fault, a dot for each run,
// and a line at the median.
func WriteMetrics(w io.Writer, title string, metrics []string, groups []*Group) error {
	faults := faultsOf(groups)
	if len(faults) == 0 {
		return errors.New("nothing to draw")
	}
	const rowHeight, left, heading, below, axis = 34.0, 190.0, 12.0, 20.0, 16.0
	column := (chartWidth - left) / float64(len(metrics))
	rows := below + rowHeight*float64(len(faults)) + axis
	c := newChart(title, "a dot for each run, a line at the median; > never in the run", groups, heading+rows)
	top := c.head + heading
	height := top + rows
	for i, list := range faults {
		y := top + below + rowHeight*float64(i)
		fmt.Fprintf(&c.b, `<text x="12" y="%.1f" fill="#1c2733">%s</text><line x1="12" x2="%g" y1="%.1f" y2="%.1f" stroke="#e1e6eb"/>`+"\n", y+20, html.EscapeString(list[0].title()), chartWidth-12, y+rowHeight, y+rowHeight)
	}
	for m, metric := range metrics {
		x0 := left + column*float64(m) + 24
		most, unitText := 0.0, ""
		for _, g := range groups {
			if v, has := g.Value(metric); has {
				most, unitText = max(most, v.Max), v.Unit
			}
		}
		most = roundUp(most)
		x := func(v float64) float64 { return x0 + (column-52)*v/most }
		fmt.Fprintf(&c.b, `<text x="%.1f" y="%g" fill="#1c2733">%s</text>`+"\n", x0, top, html.EscapeString(strings.TrimSpace(metric+" "+unit(unitText))))
		for _, v := range []float64{0, most / 2, most} {
			fmt.Fprintf(&c.b, `<line x1="%.1f" x2="%.1f" y1="%g" y2="%.1f" stroke="#e1e6eb"/><text x="%.1f" y="%.1f" text-anchor="middle">%g</text>`+"\n", x(v), x(v), top+below, height-18, x(v), height-5, v)
		}
		for i, list := range faults {
			for j, g := range list {
				y := top + below + rowHeight*float64(i) + rowHeight*(float64(j)+1)/float64(len(list)+1)
				v, _ := g.Value(metric)
				for _, one := range v.All {
					fmt.Fprintf(&c.b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s" fill-opacity=".65"><title>%s: %g</title></circle>`, x(one), y, c.colour(g), html.EscapeString(g.Name()), one)
				}
				if len(v.All) > 0 {
					fmt.Fprintf(&c.b, `<line x1="%[1]s" x2="%[1]s" y1="%.1[2]f" y2="%.1[3]f" stroke="%[4]s" stroke-width="2"/>`+"\n", fmt.Sprintf("%.1f", x(v.Median)), y-6, y+6, c.colour(g))
				}
				if v.Missing > 0 {
					fmt.Fprintf(&c.b, `<text x="%.1f" y="%.1f" fill="%s" font-weight="bold">&gt;</text>`+"\n", x(most)+8, y+4, c.colour(g))
				}
			}
		}
	}
	return c.write(w)
}

// roundUp returns a round number that is not less.
func roundUp(v float64) float64 {
	if !(v > 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 4, 6, 8, 10} {
		if m*power >= v {
			return m * power
		}
	}
	return 10 * power
}
