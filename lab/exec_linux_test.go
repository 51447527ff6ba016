package main

import (
	"path/filepath"
	"testing"

	"github.com/ringmend/ringmend/lab/result"
)

// A system that a file describes is measured and checked as any other: stores that do
// not know of each other are caught.
func TestASystemThatAFileDescribes(t *testing.T) {
	t.Parallel() // it waits more than it works
	needsHosts(t)
	file := describeKV(t)
	for nodes, want := range map[string]int{"1": exitOK, "2": exitFailed} {
		results := filepath.Join(t.TempDir(), "results")
		code, stdout, stderr := runLab(t, "exec:"+file, "simple", "uniform", "pause", "--number-nodes", nodes, "--duration", "3", "--rate", "20",
			"--link-latency", "1", "--write-ratio", "0.5", "--op-timeout", "30s", "--max-lateness", "1m", "--result-location", results)
		if code != want {
			t.Errorf("%s nodes: exit code %d, want %d\n%s%s", nodes, code, want, stdout, stderr)
			continue
		}
		if r := load(t, results); want == exitFailed && r.Summary.Verdict != result.Violated {
			t.Errorf("%s nodes: %+v", nodes, r.Summary)
		}
	}
}
