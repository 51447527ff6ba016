package cluster

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/proc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// diary is a Logger that remembers.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) Log(who, format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, who+": "+fmt.Sprintf(format, args...))
}

func (d *diary) has(parts ...string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, line := range d.lines {
		all := true
		for _, part := range parts {
			all = all && strings.Contains(line, part)
		}
		if all {
			return true
		}
	}
	return false
}

func (d *diary) text() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.lines, "\n")
}

// fixture is a cluster of shell scripts.
type fixture struct {
	*Cluster
	diary
	t       *testing.T
	dir     string
	changes diary
}

// polite is a node that ends when it is asked to.
const polite = "trap 'exit 0' TERM; echo $$ >$READY; while :; do sleep 0.05; done"

// deaf is a node that does not.
const deaf = "trap '' TERM; echo $$ >$READY; while :; do sleep 0.05; done"

// newCluster starts nodes named 0, 1, ... and waits until each is ready.
func newCluster(t *testing.T, scripts ...string) *fixture {
	t.Helper()
	f := &fixture{t: t, dir: t.TempDir()}
	var nodes []Node
	for i := range scripts {
		nodes = append(nodes, Node{Name: fmt.Sprint(i), Address: fmt.Sprintf("127.0.0.1:%d", 3000+i)})
	}
	f.Cluster = New(nodes, func(n Node) (*proc.Process, error) {
		var i int
		fmt.Sscan(n.Name, &i)
		return proc.Start(proc.Spec{
			Path: "/bin/sh", Args: []string{"-c", scripts[i]}, Env: []string{"READY=" + filepath.Join(f.dir, n.Name)},
			Output: proc.To(io.Discard),
		})
	}, f, 1)
	f.Changed = func(s Status, ending string) { f.changes.Log(s.Name, "%v %s", s.State, ending) }
	hurry := make(chan struct{})
	close(hurry)
	t.Cleanup(func() { f.Stop(hurry) })
	if _, err := f.Start(t.Context(), 0, func(int) {}); err != nil {
		t.Fatal(err)
	}
	f.ready(len(scripts))
	return f
}

// ready waits until n nodes have said that they are, and forgets it.
func (f *fixture) ready(n int) {
	f.t.Helper()
	f.wait("the nodes are ready", func() bool {
		files, _ := filepath.Glob(filepath.Join(f.dir, "*"))
		return len(files) == n
	})
	files, _ := filepath.Glob(filepath.Join(f.dir, "*"))
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			f.t.Fatal(err)
		}
	}
}

func (f *fixture) wait(what string, ok func() bool) {
	f.t.Helper()
	await.Until(f.t, await.Patience, func() string {
		if ok() {
			return ""
		}
		return fmt.Sprintf("%s; states %v, log:\n%s", what, f.count(), f.text())
	})
}

// count returns how many nodes are in each state.
func (f *fixture) count() map[State]int {
	m := map[State]int{}
	for _, s := range f.Status() {
		m[s.State]++
	}
	return m
}

func (f *fixture) want(states map[State]int) {
	f.t.Helper()
	if diff := cmp.Diff(states, f.count()); diff != "" {
		f.t.Errorf("states (-want +got):\n%s", diff)
	}
}
