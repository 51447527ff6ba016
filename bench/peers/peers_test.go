package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/internal/cli/clitest"
)

// TestMain makes the test binary be the program where that starts itself again.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(exitCode(os.Args[1:]))
	}
	os.Exit(m.Run())
}

func TestAllPrograms(t *testing.T) { clitest.CheckPrograms(t, "..") }

// All programs get somewhere, in one process and in several, and what was measured is
// written in all forms.
func TestQuickly(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "peers.json")
	picture := filepath.Join(dir, "peers.svg")
	var out bytes.Buffer
	if err := run(context.Background(), []string{"--quick", "--together=3", "--json", file, "--svg", picture, "--markdown=-"}, &out); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var s study
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	for _, program := range programNames {
		for _, f := range figures {
			if f.name == crash {
				continue
			}
			for _, n := range s.sizes(f.kind) {
				if values := s.values(f, n, program); len(values) != 1 || values[0] < 0 {
					t.Errorf("%s, %s, %d nodes: %s: %v", program, f.kind, n, f.name, values)
				}
			}
		}
	}
	for _, m := range s.Samples {
		if m.Failed != "" {
			t.Errorf("%s, %s, %d nodes: %s", m.Program, m.Kind, m.Nodes, m.Failed)
		}
	}
	if svg, err := os.ReadFile(picture); err != nil || !bytes.Contains(svg, []byte("</svg>")) {
		t.Errorf("the chart: %v, %d bytes", err, len(svg))
	}
	if !strings.Contains(out.String(), "| ours / ringpop-go | ours / memberlist |") {
		t.Errorf("the tables:\n%s", out.String())
	}
}

func TestTheExponentOfACurve(t *testing.T) {
	for _, e := range []float64{-1, 0, 1, 2.5} {
		var xs, ys []float64
		for _, x := range []float64{10, 50, 100, 200} {
			xs, ys = append(xs, x), append(ys, 3*math.Pow(x, e))
		}
		if got, ok := exponent(xs, ys); !ok || math.Abs(got-e) > 1e-9 {
			t.Errorf("got %v, want %v", got, e)
		}
	}
	for _, none := range [][]float64{nil, {1}, {5, 5}} {
		if e, ok := exponent(none, none); ok {
			t.Errorf("%v has exponent %v", none, e)
		}
	}
}

func TestTablesCompareMedians(t *testing.T) {
	s := study{Floors: Floors{MemberUS: 20 * float64(runtime.NumCPU())}}
	for run, v := range []float64{1, 2, 9} {
		for p, factor := range map[string]float64{ours: 1, ringpopGo: 4} {
			s.Samples = append(s.Samples, sample{Kind: together, Program: p, Nodes: 10, Run: run + 1,
				Figures: map[string]float64{agreeing: v * factor}})
		}
	}
	s.Samples = append(s.Samples, sample{Kind: together, Program: ringpopGo, Nodes: 10, Failed: "no agreement: too slow\nand a log"})
	var b bytes.Buffer
	if err := s.tables(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| to one checksum, s | 10 | 0.250 | 2.00 (1.00 to 9.00) | 8.00 (4.00 to 36.0), 1 failed | 0.002 |\n",
		"run 0: no agreement: too slow\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// What was measured once can be shown again, in a page that has a place for it.
func TestMeasurementsAreShownAgain(t *testing.T) {
	dir := t.TempDir()
	file, page := filepath.Join(dir, "peers.json"), filepath.Join(dir, "page.md")
	measured := study{Version: formatVersion, Samples: []sample{{Kind: together, Program: ours, Nodes: 10, Run: 1, Figures: map[string]float64{agreeing: 3}}}}
	text, err := json.Marshal(measured)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- begin: make bench-peers -->\n", "<!-- end -->\n"
	show := func() error {
		return run(context.Background(), []string{"--from", file, "--page", page}, new(bytes.Buffer))
	}
	if err := os.WriteFile(page, []byte("# Page\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := show(); err == nil || !strings.Contains(err.Error(), "no place") {
		t.Errorf("a page without a place for tables: %v", err)
	}
	if err := os.WriteFile(page, []byte("# Page\n"+begin+"old\n"+end+"the end\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := show(); err != nil {
			t.Fatal(err)
		}
		got, _ := os.ReadFile(page)
		if s := string(got); !strings.Contains(s, "| to one checksum, s | 10 | 3.00 |") || strings.Contains(s, "old") ||
			!strings.HasPrefix(s, "# Page\n"+begin) || !strings.HasSuffix(s, end+"the end\n") {
			t.Errorf("the page:\n%s", s)
		}
	}
	if err := os.WriteFile(file, []byte(`{"version":99}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := show(); err == nil || !strings.Contains(err.Error(), "version") {
		t.Errorf("measurements of another version: %v", err)
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	for _, args := range []string{"--together=1", "--processes=300", "--runs=0", "--programs=serf", "--rest=0s", "--limit=-1s",
		"--together=0 --processes=0", "surprise", "--no-such-flag"} {
		if _, err := parse(strings.Fields(args)); err == nil {
			t.Errorf("%s is accepted", args)
		}
	}
}
