package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	common "github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/sim/internal/cli"
	"github.com/ringmend/ringmend/sim/script"
)

// healstudy runs the program and returns what it prints, and its error.
func healstudy(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	p := program{Session: cli.NewSession(t.Context(), &out, io.Discard)}
	err := p.run(args)
	return out.String(), err
}

func TestNonsenseIsAUsageError(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"--nodes 1", "nodes must be from 2"},
		{"--nodes 999999", "nodes must be from 2"},
		{"--nodes ten", "invalid"},
		{"--nodes 4,4", "nodes: one is named twice"},
		{"--nodes 4,10 --runs 1,2,3", "3 numbers of runs for 2 sizes"},
		{"--runs -1", "runs must be from 0"},
		{"--shapes round", "no shape \"round\", there are halves"},
		{"--shapes all,halves", "no shape \"all\""},
		{"--rules magic", "no rules \"magic\", there are ringmend"},
		{"--rules ringpop,ringpop", "rules: one is named twice"},
		{"--parallel 0", "parallel must be from 1"},
		{"--frobnicate", "unknown flag"},
		{"extra", "unexpected argument"},
	} {
		_, err := healstudy(t, strings.Fields(c.args)...)
		if !errors.Is(err, common.ErrUsage) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.args, err, c.says)
		}
	}
}

func TestHelp(t *testing.T) {
	out, err := healstudy(t, "--help")
	if err != nil {
		t.Fatal(err)
	}
	for _, shape := range script.Shapes() {
		if !strings.Contains(out, shape.Name) {
			t.Errorf("%s is not in the help", shape.Name)
		}
	}
}

// The same command has the same study, in all its forms; and an earlier study can
// be told again without playing.
func TestSameCommandSameStudy(t *testing.T) {
	dir := t.TempDir()
	play := func(name string, more ...string) (files [3]string) {
		var args []string
		for i, f := range []string{"markdown", "json", "svg"} {
			files[i] = filepath.Join(dir, name+"."+f)
			args = append(args, "--"+f, files[i])
		}
		if _, err := healstudy(t, append(args, more...)...); err != nil {
			t.Fatal(err)
		}
		for i := range files {
			text, err := os.ReadFile(files[i])
			if err != nil {
				t.Fatal(err)
			}
			files[i] = string(text)
		}
		return files
	}
	args := []string{"--nodes", "4,5", "--shapes", "halves,five-parts,long", "--seed", "3", "--runs", "2,1"}
	first := play("first", args...)
	if diff := cmp.Diff(first, play("second", append(args, "--parallel", "1")...)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(first, play("third", "--runs", "0", "--with", filepath.Join(dir, "first.json"))); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"| halves | ", "| five-parts | - | - | ", "| long | ", "4: ringmend", "5: ringpop", "| 4 | ringmend | refuse | 1 |", "members harmed"} {
		if !strings.Contains(first[0], text) {
			t.Errorf("%q is not in the tables:\n%s", text, first[0])
		}
	}
	checkSVG(t, first[2])
	var s study
	if err := json.Unmarshal([]byte(first[1]), &s); err != nil || len(s.Cells) != 10 || len(s.Cells[0].Runs) != 2 {
		t.Errorf("%v, %d cells", err, len(s.Cells))
	}
}

func checkSVG(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	circles := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "circle" {
			circles++
		}
	}
	// Three shapes at two sizes by two rules, but five parts need five nodes.
	if circles != 10 || strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
		t.Errorf("%d points, want 10:\n%s", circles, text)
	}
}

// What did not heal counts as the longest time there is, and is said.
func TestWhatDidNotHealCounts(t *testing.T) {
	runs := []trial{{Healed: true, Took: 2}, {Healed: true, Took: 3}, {GaveUp: 700, Violation: "one-view is violated"}}
	if text := times(runs); text != "3, never" {
		t.Error(text)
	}
	runs[2] = trial{Violation: "no-panic is violated"}
	if text := times(runs); text != "3, never (1 broke an invariant)" {
		t.Error(text)
	}
	p := program{study: study{Cells: []cell{{Shape: "halves", Nodes: 4, Rules: script.RulesRingmend, Runs: runs}}}}
	if err := p.verdict(); err == nil || !strings.Contains(err.Error(), "halves, 4 nodes, seed 0: no-panic") {
		t.Errorf("the verdict is %v", err)
	}
	p.study.Cells[0].Rules = script.RulesRingpop
	if err := p.verdict(); err != nil {
		t.Errorf("Ringpop's rules may: %v", err)
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 2: "2", 1.25: "1.2", 99.96: "100.0", 123.4: "123"} {
		if got := number(v); got != want {
			t.Errorf("%v is %q, want %q", v, got, want)
		}
	}
	for n, want := range map[int]string{4: "4", 999: "999", 1000: "1,000", 10_000: "10,000"} {
		if got := count(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
