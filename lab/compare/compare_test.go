package compare

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/lab/result"
)

// write writes a run of which some percent were answered during the fault.
func write(t *testing.T, dir, system, verdict string, answered float64) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c := &result.Config{
		Version: 1, System: system, Topology: "simple", Workload: "uniform", Fault: "leader", Nodes: 3, Clients: 1, DurationS: 30, Rate: 10,
		PayloadSize: 10, WriteRatio: 1, ZipfS: 1.1, MaxInFlight: 10, OpTimeout: 1e9, FailureTimeout: 1e9, MTBF: 1, KillN: 1, Slow: 1e9,
		FaultLoss: 20, Skew: 1e9, Storm: 1, DiskMB: 100, CheckLimit: 1e9, Arrival: "uniform", ReadMode: "linearizable", How: "drop",
	}
	r := &result.Run{Dir: dir, Config: c, Summary: &result.Summary{Version: 1, Verdict: verdict, Phases: []result.Phase{{Name: "during", Answered: answered}}}}
	for i := range 300 {
		at := result.Seconds(i) / 10
		r.Ops = append(r.Ops, result.Op{Version: 1, ID: i, Client: 1, Node: 1, Op: result.Write, Key: "k", Intended: at, Started: at, Ended: at, Outcome: result.OK})
	}
	if err := errors.Join(r.Write(), result.WriteJSON(filepath.Join(dir, result.ConfigFile), c)); err != nil {
		t.Fatal(err)
	}
}

func TestCompare(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/1", "etcd", result.Passed, 60)
	write(t, dir+"/2", "etcd", result.Passed, 80)
	write(t, dir+"/3", "etcd", result.Passed, 70)
	write(t, dir+"/4", "etcd", result.Void, 1)
	write(t, dir+"/5", "etcd-pre-vote", result.Passed, 35)
	if err := os.MkdirAll(dir+"/unfinished", 0o755); err != nil {
		t.Fatal(err)
	}
	runs, err := Find([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	groups := Groups(runs, []string{"leader"})
	if len(groups) != 2 || groups[0].Runs != 4 || groups[0].Verdicts[result.Void] != 1 {
		t.Fatalf("%+v", groups)
	}
	if v, _ := groups[0].Value("answered during"); v.Median != 70 || v.Min != 60 || v.Max != 80 {
		t.Errorf("%+v", v)
	}
	var table, answered, metrics bytes.Buffer
	if err := WriteTable(&table, groups); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"### leader, 3 nodes, simple", "| 3 passed, 1 void | 1 passed |", "| answered during (%) | 70 (60–80) | 35 | 0.5 |"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("%q is not in\n%s", want, table.String())
		}
	}
	if err := errors.Join(WriteAnswered(&answered, "a < b", groups), WriteMetrics(&metrics, "m", []string{"answered during", "two owners"}, groups)); err != nil {
		t.Fatal(err)
	}
	for _, svg := range []string{answered.String(), metrics.String()} {
		for d := xml.NewDecoder(strings.NewReader(svg)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%v in %.500s", err, svg)
			}
		}
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") || !strings.Contains(svg, "etcd-pre-vote") {
			t.Errorf("%.2000s", svg)
		}
	}
	if _, err := Find([]string{t.TempDir()}); err == nil {
		t.Error("an empty directory has results")
	}
}
