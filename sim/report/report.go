package report

import (
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/ringmend/ringmend/sim"
)

// Write writes the report of a run that was played with sim.Options.Record.
func Write(w io.Writer, r *sim.Result) error {
	p := page{
		Title:  fmt.Sprintf("%d nodes, seed %d, rules %s", r.Script.Nodes, r.Script.Seed, r.Script.Rules),
		Result: r,
		Script: r.Script.String(),
		Hash:   fmt.Sprintf("%016x", r.TraceHash),
	}
	if r.Violation != nil {
		p.Violation = r.Violation.Report()
	}
	s := sim.NewSummary()
	s.Add(r)
	for _, row := range s.Rows() {
		p.Figures = append(p.Figures, figure{row.Name, row.Unit, fmt.Sprintf("%.4g", row.Median), fmt.Sprintf("%.4g", row.Max), row.Count})
	}
	p.Charts = []template.HTML{viewsChart(r), statusesChart(r), healChart(r)}
	for _, window := range r.Windows {
		to := ""
		if window.To > window.From {
			to = " to " + window.To.Round(time.Millisecond).String()
		}
		p.Faults = append(p.Faults, window.From.Round(time.Millisecond).String()+to+": "+window.What)
	}
	if err := pageTemplate.Execute(w, p); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

type page struct {
	Title     string
	Result    *sim.Result
	Script    string
	Hash      string
	Violation string
	Figures   []figure
	Charts    []template.HTML
	Faults    []string
}

type figure struct {
	Name, Unit, Median, Max string
	Count                   int
}

var pageTemplate = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ringsim: {{.Title}}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1c2733; background: #fff; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .3rem; }
p { margin: .3rem 0; } .ok { color: #11713b; } .bad { color: #a11616; }
table { border-collapse: collapse; } td, th { padding: .15rem .9rem .15rem 0; text-align: right; font-variant-numeric: tabular-nums; }
td:first-child, th:first-child { text-align: left; } th { font-weight: 600; border-bottom: 1px solid #c9d2db; }
pre { background: #f3f5f7; padding: .8rem; overflow-x: auto; font-size: .82rem; line-height: 1.4; }
svg { width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: #4c5b69; }
</style>
</head>
<body>
<h1>{{.Title}}</h1>
{{if .Violation}}<p class="bad">An invariant is violated.</p><pre>{{.Violation}}</pre>
{{else}}<p class="ok">All invariants held.</p>{{end}}
<p>{{.Result.Virtual}} of the cluster, {{.Result.Steps}} events. In the end: {{.Result.End}}. Trace {{.Hash}}.</p>
<p>Shaded: times of faults. Lines: moments at which something was done to the cluster.</p>
{{range .Charts}}{{.}}{{end}}
<h2>Figures</h2>
<table><tr><th></th><th>values</th><th>median</th><th>max</th></tr>
{{range .Figures}}<tr><td>{{.Name}} {{.Unit}}</td><td>{{.Count}}</td><td>{{.Median}}</td><td>{{.Max}}</td></tr>
{{end}}</table>
{{if .Faults}}<h2>What was done</h2>
<pre>{{range .Faults}}{{.}}
{{end}}</pre>{{end}}
<h2>The script</h2>
<p>ringsim --script plays it again.</p>
<pre>{{.Script}}</pre>
</body>
</html>
`))
