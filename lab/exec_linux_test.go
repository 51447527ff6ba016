package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ringmend/ringmend/lab/result"
)

// A system that a file describes is measured and checked as any other: stores that do
// not know of each other are caught.
func TestASystemThatAFileDescribes(t *testing.T) {
	needsHosts(t)
	dir := filepath.Dir(lab(t))
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "kv"), "./testdata/kv").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	file := filepath.Join(dir, "kv.json")
	text := fmt.Sprintf(`{"version":1, "start":[%q,"{{.Address}}:8080"], "model":"register",
 "write":{"url":"http://{{.Address}}:8080/{{.Key}}","body":"{{.Value}}"}, "read":{"url":"http://{{.Address}}:8080/{{.Key}}"}}`, filepath.Join(dir, "kv"))
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for nodes, want := range map[string]int{"1": exitOK, "2": exitFailed} {
		results := filepath.Join(t.TempDir(), "results")
		code, stdout, stderr := runLab(t, "exec:"+file, "simple", "uniform", "pause", "--number-nodes", nodes, "--duration", "3", "--rate", "20",
			"--link-latency", "1", "--write-ratio", "0.5", "--op-timeout", "30s", "--result-location", results)
		if code != want {
			t.Errorf("%s nodes: exit code %d, want %d\n%s%s", nodes, code, want, stdout, stderr)
			continue
		}
		if r := load(t, results); want == exitFailed && r.Summary.Verdict != result.Violated {
			t.Errorf("%s nodes: %+v", nodes, r.Summary)
		}
	}
}
