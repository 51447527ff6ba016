package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/sim"
	"github.com/ringmend/ringmend/sim/report"
	"github.com/ringmend/ringmend/sim/script"
)

// reportOf plays a script and returns the report of it.
func reportOf(t *testing.T, text string) string {
	t.Helper()
	s, err := script.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	r, err := sim.Run(s, sim.Options{Record: true})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := report.Write(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// The report of a split shows its three charts and the fault, and needs nothing
// from anywhere else.
func TestReport(t *testing.T) {
	page := reportOf(t, "nodes 6\n10s cut 1-3 | 4-6\n40s mend\n50s crash 2")
	for _, text := range []string{
		"All invariants held", "Different checksums", "What all nodes hold all members", "Phases of healing",
		"10s to 40s: cut 1-3 | 4-6", `fill="#f4c98b"`, "faulty", "time to converge",
	} {
		if !strings.Contains(page, text) {
			t.Errorf("%q is not in the report", text)
		}
	}
	if link := regexp.MustCompile(`(?i)(src|href)=|url\(|https?:|<script`).FindString(page); link != "" {
		t.Errorf("the report refers to something else: %s", link)
	}
	charts := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(page, -1)
	if len(charts) != 3 {
		t.Errorf("%d charts", len(charts))
	}
	for _, chart := range charts {
		d := xml.NewDecoder(strings.NewReader(chart))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%v in %.300s", err, chart)
			}
		}
		if strings.Contains(chart, "NaN") || strings.Contains(chart, "Inf") {
			t.Error("a chart has points that are nowhere")
		}
	}
}

func TestReportOfAViolation(t *testing.T) {
	page := reportOf(t, "nodes 5\nmutant slander")
	if !strings.Contains(page, "An invariant is violated") || !strings.Contains(page, "holds node 2 faulty, and nothing has happened") {
		t.Errorf("%.2000s", page)
	}
}
