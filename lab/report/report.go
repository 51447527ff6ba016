package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"

	"github.com/ringmend/ringmend/lab/result"
)

// Write writes the report of a run.
func Write(path string, r *result.Run) error {
	page, err := Page(r)
	if err != nil {
		return err
	}
	return os.WriteFile(path, page, 0o644)
}

// Page returns the report of a run as HTML.
func Page(r *result.Run) ([]byte, error) {
	a := newAxis(r)
	config, err := json.MarshalIndent(r.Config, "", "  ")
	if err != nil {
		return nil, err
	}
	hover, err := json.Marshal(hoverOf(a, r))
	if err != nil {
		return nil, err
	}
	p := page{
		Run: r, Summary: r.Summary, Config: string(config), Hover: template.JS(hover), // made by package json, which escapes <
		HasHistory: hasHistory(r),
		Charts: []chart{
			{"Operations a second, by when they were to start", throughputChart(a, r)},
			{"Latency of each operation, from when it was to start", latencyChart(a, r)},
			{"What the nodes say of themselves", lanesChart(a, r)},
		},
		Percentiles: percentilesChart(r),
		Verdict:     verdictText(r.Summary),
		Nodes:       nodesOf(r.Summary),
	}
	if late := r.Summary.Lateness; late != nil {
		if void, words := late.Busy(r.Config); !void { // then it is in the verdict
			p.Busy = words
		}
	}
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, p); err != nil {
		return nil, fmt.Errorf("writing the report: %w", err)
	}
	return out.Bytes(), nil
}

// hasHistory reports whether there is a picture of the history beside the report.
func hasHistory(r *result.Run) bool {
	_, err := os.Stat(filepath.Join(r.Dir, result.HistoryFile))
	return err == nil
}

type page struct {
	Run         *result.Run
	Summary     *result.Summary
	Verdict     string
	Config      string
	Hover       template.JS
	HasHistory  bool
	Busy        string
	Charts      []chart
	Percentiles template.HTML
	Nodes       []nodeRow
}

type chart struct {
	Title string
	SVG   template.HTML
}

func verdictText(s *result.Summary) string {
	switch s.Verdict {
	case result.Passed:
		return "Passed: the fault did what its name says, and no check found anything."
	case result.Violated:
		return "Failed: the system did what it must not."
	case result.Void:
		return "Void: this run proves nothing."
	case result.Undecided:
		return "Undecided: a check did not come to an end."
	}
	return strings.ToUpper(s.Verdict[:1]) + s.Verdict[1:] + "."
}

// nodeRow is a line of the table by node.
type nodeRow struct {
	Number int
	Phases []nodeCell
}

type nodeCell struct {
	OK, Other int
	P99       string
}

func nodesOf(s *result.Summary) (rows []nodeRow) {
	for _, phase := range s.Phases {
		for i, stats := range phase.PerNode {
			if i == len(rows) {
				rows = append(rows, nodeRow{Number: i + 1})
			}
			cell := nodeCell{P99: "–"}
			for outcome, n := range stats.Counts {
				if outcome == result.OK {
					cell.OK = n
				} else {
					cell.Other += n
				}
			}
			if stats.Latency != nil {
				cell.P99 = msNumber(stats.Latency.P99)
			}
			rows[i].Phases = append(rows[i].Phases, cell)
		}
	}
	return rows
}

// msNumber is a latency in ms, with its significant digits only.
func msNumber(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

func secondsText(s result.Seconds) string {
	if s >= 10 {
		return fmt.Sprintf("%.0f s", s)
	}
	return fmt.Sprintf("%.2f s", s)
}
