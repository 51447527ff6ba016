package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/lab/result"
)

// A matrix that is stopped goes on where it was, with several runs at a time, and leaves nothing
// behind.
func TestAMatrixGoesOn(t *testing.T) {
	needsHosts(t)
	kv := describeKV(t)
	file := filepath.Join(t.TempDir(), "matrix.txt")
	text := fmt.Sprintf("system exec:%s\ntopology simple\nworkload uniform\nfault none pause\noptions --number-nodes 1 --duration 3 --rate 20 --link-latency 1 --op-timeout 30s --max-lateness 1m\nrepeat 3\n", kv)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(filepath.Dir(lab(t)), "matrix")
	defer os.RemoveAll(dir)
	args := []string{"matrix", file, "--result-location", dir, "--parallel", "2"}
	code, said := whenItSays(t, "run 3 of 6", syscall.SIGINT, args...)
	if code != exitFailed || !strings.Contains(said, "of 6 runs made; the same command goes on") {
		t.Fatalf("exit code %d\n%s", code, said)
	}
	await.Until(t, await.Patience, func() string { return strings.Join(leftovers(), "\n") })
	made, _ := filepath.Glob(filepath.Join(dir, "*", result.SummaryFile))
	if len(made) == 6 {
		t.Errorf("all runs were made: %s", said)
	}
	before := map[string]os.FileInfo{}
	for _, path := range made {
		if r, err := result.Load(filepath.Dir(path)); err != nil || r.Summary.Verdict == result.Interrupted {
			continue
		}
		before[path], _ = os.Stat(path)
	}
	code, stdout, stderr := runLab(t, args...)
	if code != exitOK || !strings.Contains(stdout, "6 runs in ") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	for path, was := range before {
		if is, err := os.Stat(path); err != nil || is.ModTime() != was.ModTime() {
			t.Errorf("%s was made again", path)
		}
	}
	if made, _ = filepath.Glob(filepath.Join(dir, "*", result.SummaryFile)); len(made) != 6 {
		t.Errorf("%d runs", len(made))
	}
}
