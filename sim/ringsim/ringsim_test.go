package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	common "github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/sim/internal/cli"
)

// ringsim runs the program and returns what it prints, and its error.
func ringsim(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out, progress bytes.Buffer
	p := program{Session: cli.NewSession(t.Context(), &out, &progress)}
	err := p.run(args)
	return out.String(), err
}

func TestNonsenseIsAUsageError(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"--nodes 0", "nodes must be from 1"},
		{"--nodes 9-5", "nodes must be from 1"},
		{"--nodes five", "neither a number nor a range"},
		{"--nodes 5x", "neither a number nor a range"},
		{"--nodes 999999", "nodes must be from 1 to"},
		{"--scenario nonsense", "no scenario \"nonsense\", there are converge, crash"},
		{"--scenario split3 --nodes 2", "needs at least 3 nodes"},
		{"--runs 0", "runs must be from 1"},
		{"--parallel 0", "parallel must be from 1"},
		{"--for -1s", "for must not be negative"},
		{"--rules magic", "no rules \"magic\""},
		{"--mutant x-man", "no mutant \"x-man\""},
		{"--trace x --runs 2", "a trace is of a single run"},
		{"--script x --scenario crash", "one too many"},
		{"--script x --nodes 5", "says itself how many"},
		{"--script /nonexistent", "no such file"},
		{"--compare --html x", "a comparison is of all rule sets"},
		{"--frobnicate", "unknown flag"},
		{"extra", "unexpected argument"},
	} {
		_, err := ringsim(t, strings.Fields(c.args)...)
		if !errors.Is(err, common.ErrUsage) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.args, err, c.says)
		}
	}
}

// A script has a seed, and the command line may say another one.
func TestSeedOfAScript(t *testing.T) {
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte("nodes 3\nseed 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{"": "from seed 7", "--seed 9": "from seed 9"} {
		out, err := ringsim(t, append(strings.Fields(args), "--script", path)...)
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%q: %v, %s", args, err, out)
		}
	}
}

func TestTable(t *testing.T) {
	out, err := ringsim(t, "--scenario", "crash", "--nodes", "5-6", "--runs", "3")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"crash, 5-6 nodes, 3 runs from seed 1", "median", "p99", "last detection of a crash s", "invariants held"} {
		if !strings.Contains(out, text) {
			t.Errorf("%q is not in:\n%s", text, out)
		}
	}
}

// The JSON of the same command line is the same, but for how long it took.
func TestJSON(t *testing.T) {
	read := func() (o outcome) {
		out, err := ringsim(t, "--scenario", "split", "--nodes", "4", "--runs", "2", "--seed", "7", "--json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(out), &o); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		return o
	}
	first, second := read(), read()
	if first.TraceHash == "" || first.TraceHash != second.TraceHash || first.Runs != 2 || len(first.Figures) < 10 {
		t.Errorf("%+v, then %+v", first, second)
	}
}

func TestViolation(t *testing.T) {
	out, err := ringsim(t, "--nodes", "5", "--mutant", "slander", "--seed", "3")
	if !errors.Is(err, errViolated) {
		t.Fatalf("%v", err)
	}
	for _, text := range []string{"violated: no-false-alarm: without faults no node", " holds node 2 faulty, and nothing has happened", "seed 3, step ", "node 2, 10.0.0.1:30001, the last of"} {
		if !strings.Contains(out, text) {
			t.Errorf("%q is not in:\n%s", text, out)
		}
	}
	out, _ = ringsim(t, "--nodes", "5", "--mutant", "slander", "--runs", "4", "--keep-going", "--json")
	var o outcome
	if err := json.Unmarshal([]byte(out), &o); err != nil || len(o.Violations) != 4 {
		t.Errorf("%v, %d violations", err, len(o.Violations))
	}
}

// Who stops it early gets what there is so far.
func TestStopped(t *testing.T) {
	stop, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	p := program{Session: cli.NewSession(stop, &out, io.Discard)}
	err := p.run([]string{"--nodes", "3", "--runs", "50"})
	if err == nil || errors.Is(err, common.ErrUsage) || !strings.Contains(err.Error(), "stopped after 1 of 50 runs") || !strings.Contains(out.String(), "converge, 3 nodes, 1 runs") {
		t.Errorf("%v:\n%s", err, out.String())
	}
}

// A comparison that is stopped reports only the rule sets that were played to the end.
func TestComparisonStopped(t *testing.T) {
	stop, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	p := program{Session: cli.NewSession(stop, &out, io.Discard)}
	err := p.run([]string{"--nodes", "3", "--runs", "50", "--compare"})
	if err == nil || !strings.Contains(err.Error(), "ringmend: stopped after 1 of 50 runs") || strings.Contains(out.String(), "ringpop") {
		t.Errorf("%v:\n%s", err, out.String())
	}
}

// What --shrink prints can be played again, and violates the same invariant.
func TestShrink(t *testing.T) {
	out, err := ringsim(t, "--scenario", "split", "--nodes", "6", "--mutant", "merge-without-reincarnation", "--shrink")
	if !errors.Is(err, errViolated) {
		t.Fatal(err)
	}
	_, script, found := strings.Cut(out, "\nrun\n")
	script, _, ends := strings.Cut(script, "----\n")
	if !found || !ends {
		t.Fatalf("no script in:\n%s", out)
	}
	path := filepath.Join(t.TempDir(), "short.txt")
	if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err = ringsim(t, "--script", path)
	if !errors.Is(err, errViolated) || !strings.Contains(out, "violated: heal-harmless") {
		t.Errorf("%v:\n%s", err, out)
	}
}

func TestTraceAndReport(t *testing.T) {
	trace, html := filepath.Join(t.TempDir(), "trace"), filepath.Join(t.TempDir(), "report.html")
	if _, err := ringsim(t, "--scenario", "split", "--nodes", "5", "--trace", trace, "--html", html); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{trace: "heal: merges with", html: "<svg"} {
		content, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(content), text) {
			t.Errorf("%s: %v, %d bytes without %q", path, err, len(content), text)
		}
	}
}

// The report of a run names the trace that the terminal does: of the only run, or of
// the one of many that it is about.
func TestTheReportHasTheTraceOfTheTerminal(t *testing.T) {
	html := filepath.Join(t.TempDir(), "report.html")
	traceOf := func(pattern, text string) string {
		t.Helper()
		match := regexp.MustCompile(pattern + "([0-9a-f]{16})").FindStringSubmatch(text)
		if match == nil {
			t.Fatalf("no %s in: %s", pattern, text)
		}
		return match[1]
	}
	for _, runs := range []string{"1", "3"} {
		var out, progress bytes.Buffer
		p := program{Session: cli.NewSession(t.Context(), &out, &progress)}
		if err := p.run([]string{"--scenario", "split", "--nodes", "5", "--runs", runs, "--html", html}); err != nil {
			t.Fatal(err)
		}
		page, err := os.ReadFile(html)
		if err != nil {
			t.Fatal(err)
		}
		told := traceOf(`is about seed \d+, trace `, progress.String())
		if got := traceOf("Trace ", string(page)); got != told {
			t.Errorf("%s runs: the report has trace %s, the terminal %s", runs, got, told)
		}
		if first := traceOf("; trace ", out.String()); runs == "1" && first != told {
			t.Errorf("the only run has trace %s and %s", first, told)
		}
	}
}

func TestCompare(t *testing.T) {
	out, err := ringsim(t, "--scenario", "split", "--nodes", "5", "--runs", "2", "--compare")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "ringmend") || !strings.Contains(out, "ringpop") || !strings.Contains(out, "heal after a cut s") {
		t.Error(out)
	}
}

func TestHelpNamesEverything(t *testing.T) {
	out, err := ringsim(t, "--help")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"--scenario", "--shrink", "mass-restart", "heal-harmless", "one-way 1-3 > 4,5", "stuck-suspect", "Exit code"} {
		if !strings.Contains(out, text) {
			t.Errorf("%q is not in:\n%s", text, out)
		}
	}
}
