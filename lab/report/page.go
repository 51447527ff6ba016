package report

import (
	"html/template"

	"github.com/ringmend/ringmend/lab/result"
)

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"seconds": func(s *result.Seconds) string {
		if s == nil {
			return "not in this run"
		}
		return secondsText(*s)
	},
	"gap": secondsText,
	"ms":  msNumber,
}).Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Summary.Verdict}}: {{.Summary.Name}}</title>
<style>` + style + `</style>
</head>
<body>
<header class="{{.Summary.Verdict}}">
<h1>{{.Summary.Name}}</h1>
<p class="verdict">{{.Verdict}}</p>
{{range .Summary.Why}}<p class="why">{{.}}</p>{{end}}
</header>
<ul class="checks">
{{range .Summary.Checks}}<li class="{{.Verdict}}"><b>{{.Verdict}}</b> {{.Name}}: {{.Detail}}{{if $.HasHistory}} · <a href="history.html">the history, key by key</a>{{end}}
{{if .Where}}<details><summary>where: {{len .Where}} operations, red in the chart of latencies</summary><ol>{{range .Where}}<li>{{printf "%.3f s" .At}}: {{.Text}}</li>{{end}}</ol></details>{{end}}</li>
{{end}}</ul>
<div class="wide"><table>
<tr><th></th><th>answered</th><th>a second</th><th>p50 ms</th><th>p90</th><th>p99</th><th>p99.9</th><th>max</th><th>longest gap</th><th>new leaders</th></tr>
{{range .Summary.Phases}}<tr><td>{{.Name}} <small>{{printf "%.0f–%.0f s" .From .To}}</small></td><td>{{printf "%.1f %%" .Answered}}</td><td>{{printf "%.1f" .All.Throughput}}</td>
{{with .All.Latency}}<td>{{ms .P50}}</td><td>{{ms .P90}}</td><td>{{ms .P99}}</td><td>{{ms .P999}}</td><td>{{ms .Max}}</td>{{else}}<td>–</td><td>–</td><td>–</td><td>–</td><td>–</td>{{end}}
<td>{{gap .Gap}}</td><td>{{.Leaders}}</td></tr>
{{end}}</table></div>
<p>Longest time without a success: {{gap .Summary.GapFromFault}} from the fault, {{gap .Summary.GapFromMend}} from the mend. Back to 95 % of what was answered before: {{seconds .Summary.Recovered}}.</p>
{{with .Summary.Membership}}<p>Detected: first {{seconds .FirstDetected}}, last {{seconds .LastDetected}} after the fault; {{.Suspicions}} suspicions, {{.Faulty}} times faulty, {{.FalsePositives}} of them wrongly. One checksum after the mend: {{seconds .Agreed}}. Two owners: {{printf "%.1f" .TwoOwners}} key-seconds, {{.AcceptsByTwo}} operations accepted. {{.Packets}} packets between nodes.{{if .Fenced}} May not serve: {{printf "%.1f" .Fenced}} node-seconds.{{end}}</p>{{end}}
{{with .Summary.Lateness}}<p><small>The lab itself, at p99: {{with .Operations}}operations were started {{ms .P99}} ms late{{end}}{{with .Packets}}, packets delivered {{ms .P99}} ms late{{end}}. Load of the machine: {{$.Run.Config.Host.Load}} before, {{.Load}} after.</small></p>{{end}}
{{with .Busy}}<p class="busy">{{.}}</p>{{end}}
<p class="key"><span class="ok">■</span> ok <span class="failed">■</span> failed <span class="unknown">■</span> unknown (timed out) <span class="shed">■</span> shed <span class="faultkey">■</span> fault</p>
<section id="charts" class="wide">
{{range .Charts}}<h2>{{.Title}}</h2>
{{.SVG}}
{{end}}</section>
<p class="key"><span class="leads">■</span> leads <span class="up">■</span> answers <span class="leaderless">■</span> knows no leader <span class="down">■</span> does not answer <span class="suspect">■</span> holds a member suspect <span class="faulty">■</span> faulty <span class="fenced">■</span> may not serve <span class="agree">■</span> all agree; lines: a new term</p>
<h2>Percentiles by phase</h2>
<p class="key"><span class="phase-before">■</span> before <span class="phase-during">■</span> during <span class="phase-after">■</span> after</p>
<div class="wide">{{.Percentiles}}</div>
<h2>By node</h2>
<div class="wide"><table>
<tr><th></th>{{range .Summary.Phases}}<th>{{.Name}}: ok</th><th>other</th><th>p99 ms</th>{{end}}</tr>
{{range .Nodes}}<tr><td>node {{.Number}}</td>{{range .Phases}}<td>{{.OK}}</td><td>{{.Other}}</td><td>{{.P99}}</td>{{end}}</tr>
{{end}}</table></div>
<h2>What the fault did</h2>
<pre>{{range .Summary.Evidence}}{{if .OK}}did     {{else}}did not {{end}} {{.What}}: {{.Detail}}
{{else}}nothing was done
{{end}}</pre>
<details><summary>Settings</summary><pre>{{.Config}}</pre></details>
<div id="tip" hidden></div>
<script>` + script + `
show({{.Hover}});</script>
</body>
</html>
`))

const style = `
:root { color-scheme: light dark; --ink: #1c2733; --soft: #5a6875; --paper: #fff; --line: #e1e6eb; --box: #f3f5f7;
 --ok: #2a8a50; --failed: #c0362c; --unknown: #d99100; --shed: #7d6bb0; --fault: #f4c98b; --leads: #1f5fa8; --up: #b9cfe4; --down: #5b6670; --agree: #8cc6a2; }
@media (prefers-color-scheme: dark) { :root { --ink: #dfe6ec; --soft: #9aa8b5; --paper: #14191f; --line: #2c353e; --box: #1d242b;
 --ok: #49b274; --failed: #e8665a; --unknown: #e8ae3c; --shed: #a594dc; --fault: #6b4b1c; --leads: #5b9be0; --up: #35495d; --down: #8a97a3; --agree: #2f6b48; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 66rem; margin: 1.5rem auto; padding: 0 1rem; color: var(--ink); background: var(--paper); }
header { border-left: .5rem solid var(--unknown); padding: .1rem 0 .1rem 1rem; }
header.passed { border-color: var(--ok); } header.failed { border-color: var(--failed); } header.void, header.interrupted { border-color: var(--down); }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.05rem; margin: 1.5rem 0 .2rem; } p { margin: .4rem 0; }
.busy { border-left: .5rem solid var(--unknown); padding-left: .6rem; } .verdict { font-weight: 600; } .why { margin: 0; } .checks { padding-left: 1.2rem; } .checks .passed b { color: var(--ok); } .checks .failed b { color: var(--failed); } .checks .undecided b { color: var(--unknown); }
a { color: var(--leads); } small, .key { color: var(--soft); } .key { font-size: .85rem; }
table { border-collapse: collapse; margin: .5rem 0; } td, th { padding: .12rem .9rem .12rem 0; text-align: right; font-variant-numeric: tabular-nums; }
td:first-child, th:first-child { text-align: left; } th { font-weight: 600; border-bottom: 1px solid var(--line); }
pre { background: var(--box); padding: .7rem; overflow-x: auto; font-size: .8rem; line-height: 1.4; }
svg { width: 100%; height: auto; display: block; } svg.percentiles { max-width: 36rem; min-width: 26rem; } svg.time { min-width: 42rem; } .wide { overflow-x: auto; } .wide h2 { position: sticky; left: 0; width: fit-content; } svg text { font: 12px system-ui, sans-serif; fill: var(--soft); }
.grid { stroke: var(--line); } rect.fault { fill: var(--fault); fill-opacity: .4; } line.action { stroke: #b9742a; stroke-dasharray: 2 4; }
.faultkey { color: var(--fault); }
rect.ok, circle.ok { fill: var(--ok); } rect.failed, circle.failed { fill: var(--failed); } rect.unknown, circle.unknown { fill: var(--unknown); } rect.shed, circle.shed { fill: var(--shed); }
circle.ok { fill-opacity: .55; } circle.wrong { fill: none; stroke: var(--failed); stroke-width: 2; }
span.ok { color: var(--ok); } span.failed, span.faulty { color: var(--failed); } span.unknown, span.suspect { color: var(--unknown); } span.shed, span.fenced { color: var(--shed); }
rect.leads { fill: var(--leads); } rect.up { fill: var(--up); } rect.down { fill: var(--down); } rect.leaderless { fill: var(--unknown); fill-opacity: .6; } rect.suspect { fill: var(--unknown); } rect.faulty { fill: var(--failed); } rect.fenced { fill: var(--shed); } rect.agree { fill: var(--agree); }
span.leads { color: var(--leads); } span.up { color: var(--up); } span.down { color: var(--down); } span.leaderless { color: var(--unknown); } span.agree { color: var(--agree); }
line.term { stroke: var(--ink); stroke-width: 1.5; }
path { fill: none; stroke-width: 1.8; } path.phase-before { stroke: var(--ok); } path.phase-during { stroke: var(--failed); } path.phase-after { stroke: var(--leads); }
circle.phase-before, span.phase-before { fill: var(--ok); color: var(--ok); } circle.phase-during, span.phase-during { fill: var(--failed); color: var(--failed); } circle.phase-after, span.phase-after { fill: var(--leads); color: var(--leads); }
line.pointer { stroke: var(--ink); stroke-width: .8; pointer-events: none; }
#tip { position: fixed; background: var(--box); border: 1px solid var(--line); padding: .3rem .6rem; font-size: .8rem; white-space: pre; pointer-events: none; border-radius: 4px; }
@media print { :root { --ink: #000; --soft: #333; --paper: #fff; --line: #ccc; --box: #f3f3f3; --ok: #2a8a50; --failed: #c0362c; --unknown: #d99100; --fault: #f4dcb6; --leads: #1f5fa8; --up: #b9cfe4; --down: #5b6670; }
 * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } svg, table, pre { break-inside: avoid; } svg.time, svg.percentiles { min-width: 0; } .wide { overflow: visible; } h2 { break-after: avoid; } body { max-width: none; margin: 0; font-size: 12px; } }
`

const script = `
function show(h) {
  const tip = document.getElementById("tip"), charts = [...document.querySelectorAll("svg.time")];
  const lines = charts.map(svg => {
    const l = document.createElementNS("http://www.w3.org/2000/svg", "line");
    l.setAttribute("class", "pointer"); l.setAttribute("y1", 0); l.setAttribute("y2", svg.viewBox.baseVal.height); l.style.display = "none";
    svg.append(l);
    return l;
  });
  const hide = () => { tip.hidden = true; lines.forEach(l => l.style.display = "none"); };
  charts.forEach(svg => {
    svg.addEventListener("mouseleave", hide);
    svg.addEventListener("mousemove", e => {
      const box = svg.getBoundingClientRect(), part = (e.clientX - box.left) / box.width;
      const t = (part - h.left) / (1 - h.left - h.right) * h.end;
      if (t < 0 || t >= h.end) return hide();
      const x = part * svg.viewBox.baseVal.width;
      lines.forEach(l => { l.setAttribute("x1", x); l.setAttribute("x2", x); l.style.display = ""; });
      tip.textContent = t.toFixed(1) + " s\n" + (h.lines[Math.floor(t / h.bin)] || "");
      tip.hidden = false;
      tip.style.left = Math.min(e.clientX + 14, innerWidth - tip.offsetWidth - 8) + "px";
      tip.style.top = Math.min(e.clientY + 14, innerHeight - tip.offsetHeight - 8) + "px";
    });
  });
}
`
