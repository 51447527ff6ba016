package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/lab/result"
)

// run is a run of etcd with a fault, a stale read and hostile texts.
func run() *result.Run {
	c := &result.Config{System: "etcd", Topology: "simple", Workload: "uniform", Fault: "leader", FaultArgs: []string{"<script>alert(1)</script>"}, Nodes: 3, DurationS: 30}
	r := &result.Run{Config: c}
	for i := range 300 {
		at := result.Seconds(i) / 10
		op := result.Op{ID: i, Client: 1, Node: i%3 + 1, Op: result.Write, Key: "k<b>", Intended: at, Started: at, Ended: at + 0.002, Outcome: result.OK}
		if i > 100 && i < 200 && i%2 == 0 {
			op.Outcome, op.Ended, op.Error = result.Unknown, at+2, "</svg><script>"
		}
		r.Ops = append(r.Ops, op)
	}
	r.Events = []result.Event{
		{At: 0, Kind: result.Leader, Node: 1, About: 1, Value: 2}, {At: 0, Kind: result.Term, Node: 1, Value: 2},
		{At: 10, Kind: result.FaultBegin}, {At: 10, Kind: result.Action, Detail: "kill <1>"}, {At: 10.1, Kind: result.Down, Node: 1},
		{At: 11, Kind: result.Leader, Node: 2}, {At: 12, Kind: result.Leader, Node: 2, About: 2, Value: 3},
		{At: 12, Kind: result.Member, Node: 3, About: 1, Status: "faulty"}, {At: 20, Kind: result.FaultEnd}, {At: 21, Kind: result.Up, Node: 1},
		{At: 22, Kind: result.Checksum, Node: 1}, {At: 22, Kind: result.Agree}, {At: 23, Kind: result.Owners, Value: 1}, {At: 24, Kind: result.Resolver, Node: 2, Status: "fenced"},
	}
	r.Summary = result.Summarize(c, r.Ops, r.Events, []result.Evidence{{What: "kill 1", OK: true, Detail: "process 5 is gone"}}, nil)
	r.Summary.Membership = nil
	r.Summary.Checks = []result.Check{{Name: "register", Verdict: result.Violated, Detail: "key <k>", Where: []result.Where{{ID: 42, At: 4.2, Text: "stale <read>"}}}}
	r.Summary.Judge(c, false)
	return r
}

func TestTheReportIsWholeAndNeedsNothingElse(t *testing.T) {
	r := run()
	r.Dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(r.Dir, result.HistoryFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r.Config.MaxLateness, r.Config.Host.Load = time.Second, "2.5 1 1"
	r.Summary.Lateness.Packets = &result.Latency{P99: 123.4, Max: 150, N: 1}
	page, err := Page(r)
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	for _, want := range []string{"Failed: the system did what it must not", "stale &lt;read&gt;", `class="fault"`, "leads, term 2", "does not answer", "may not serve: fenced",
		"holds node 1 faulty", "process 5 is gone", `href="history.html"`, `circle class="wrong"`, "prefers-color-scheme: dark", "@media print",
		"delivered 123 ms late", "2.5 1 1 before", "the machine was busy: 1 % of the packets"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in it", want)
		}
	}
	if strings.Index(text, "class=\"verdict\"") > strings.Index(text, "<svg") {
		t.Error("the verdict is not first")
	}
	if strings.Count(text, "<script") != 1 || strings.Contains(text, "alert(1)<") {
		t.Error("a text of the run is part of the page")
	}
	if link := regexp.MustCompile(`(?i)(src=|url\(|@import|https?://(?:[^w]|w[^w]))[^ ]*`).FindString(text); link != "" {
		t.Errorf("it refers to something else: %s", link)
	}
	charts := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAll(page, -1)
	if len(charts) != 4 {
		t.Errorf("%d charts", len(charts))
	}
	for _, chart := range charts {
		for d := xml.NewDecoder(bytes.NewReader(chart)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%v in %.300s", err, chart)
			}
		}
		if bytes.Contains(chart, []byte("NaN")) || bytes.Contains(chart, []byte("Inf")) {
			t.Error("a chart has points that are nowhere")
		}
	}
}

func TestAReportOfNothing(t *testing.T) {
	c := &result.Config{System: "etcd", Topology: "simple", Workload: "uniform", Fault: "none", Nodes: 1, DurationS: 3}
	r := &result.Run{Config: c, Summary: result.Summarize(c, nil, nil, nil, nil)}
	r.Summary.Judge(c, true)
	if page, err := Page(r); err != nil || !strings.Contains(string(page), "Interrupted.") {
		t.Errorf("%v", err)
	}
}

func TestManyOperationsStayALightPage(t *testing.T) {
	r := run()
	for i := range 100_000 {
		at := result.Seconds(i%30000) / 1000
		r.Ops = append(r.Ops, result.Op{ID: 1000 + i, Client: 1, Node: 1, Op: result.Read, Key: "k", Intended: at, Started: at, Ended: at + 0.001, Outcome: result.OK})
	}
	page, err := Page(r)
	if err != nil || len(page) > 4<<20 {
		t.Errorf("%d bytes, %v", len(page), err)
	}
}
