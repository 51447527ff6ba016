package nodelab_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ringmend/ringmend/integration/nodelab"
	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/netlab"
	"github.com/ringmend/ringmend/internal/netns/nstest"
	"github.com/ringmend/ringmend/internal/proc"
	"github.com/ringmend/ringmend/node/wire"
)

// testpop names the program that the test in the namespaces starts. It is built
// outside, where modules can be downloaded.
const testpop = "RINGMEND_NODELAB_TESTPOP"

// inside runs the test of that name in namespaces of its own.
func inside(t *testing.T) bool {
	if netlab.Inside() {
		return true
	}
	if err := netlab.Missing(); err != nil {
		t.Skipf("skipped: %v", err)
	}
	cmd := netlab.Command()
	cmd.Env = append(cmd.Env, testpop+"="+build(t, "github.com/ringmend/ringmend/node/testpop"))
	nstest.Again(t, cmd)
	return false
}

func build(t *testing.T, program string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if out, err := exec.Command("go", "build", "-o", path, program).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", program, err, out)
	}
	return path
}

// A real split under real firewall rules: each side holds the other faulty, no node
// holds one of its own faulty, and all is whole again soon after. Every node says
// so, in its log and by its figures.
func TestSplitHeals(t *testing.T) {
	if !inside(t) {
		return
	}
	network, err := netlab.New(4)
	if err != nil {
		t.Fatal(err)
	}
	program := os.Getenv(testpop)
	nodes, err := nodelab.Start(network, []string{program, program, program, program}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer nodes.Stop()
	if _, err := nodes.Await(await.Patience, func(v []*wire.MembershipStats) bool { return nodes.Whole(v) && nodes.Ready() }); err != nil {
		t.Fatalf("no cluster: %v", err)
	}
	parts := [][]int{{0, 1}, {2, 3}}
	for i, kind := range []netlab.Kind{netlab.Reset, netlab.Drop} {
		if err := network.Cut(kind, parts...); err != nil {
			t.Fatal(err)
		}
		if _, err := nodes.Await(await.Patience, func(v []*wire.MembershipStats) bool {
			if harms := nodes.Harms(v, parts...); len(harms) > 0 {
				t.Errorf("nodes hold some of their own side faulty: %+v", harms)
			}
			return nodes.Apart(v, parts...)
		}); err != nil {
			t.Fatalf("%s: the sides do not part: %v", kind, err)
		}
		awaitDials(t, network, len(parts))
		if err := network.Mend(); err != nil {
			t.Fatal(err)
		}
		took, err := nodes.Await(await.Patience, nodes.Whole)
		if err != nil {
			t.Fatalf("%s: does not heal: %v", kind, err)
		}
		t.Logf("%s: healed after %v", kind, took.Round(10*time.Millisecond))
		checkTold(t, nodes, 4, i+1)
	}
}

// awaitDials waits until each part has tried to reach the other ones.
func awaitDials(t *testing.T, network *netlab.Network, parts int) {
	t.Helper()
	for part := range parts {
		await.True(t, await.Patience, fmt.Sprintf("part %d tries to reach another", part), func() bool {
			dials, err := network.Dials(part)
			if err != nil {
				t.Fatal(err)
			}
			return dials > 0
		})
	}
}

// checkTold waits until each node has reported the given number of splits as over, and
// checks that the nodes report at least as many merges.
func checkTold(t *testing.T, nodes *nodelab.Nodes, n, splits int) {
	t.Helper()
	merges := 0
	for i := range n {
		var stats *wire.HealStats
		await.Until(t, await.Patience, func() (missing string) {
			var err error
			if stats, err = nodes.HealStats(i); err != nil || stats.Whole < uint64(splits) {
				missing = fmt.Sprintf("node %d does not tell that it is whole: %+v, %v", i, stats, err)
			}
			return missing
		})
		if stats.Suspected != uint64(splits) || stats.Whole != uint64(splits) || stats.Now.Suspected || stats.Now.Reachable != n ||
			stats.SuspectedToWhole.Count != uint64(splits) || stats.BackToWhole.Count != uint64(splits) {
			t.Errorf("node %d after %d splits: %+v", i, splits, stats)
		}
		if stats.AttemptsFailed[wire.ReasonOther] > 0 {
			t.Errorf("node %d has no names for why probes failed: %v", i, stats.AttemptsFailed)
		}
		merges += int(stats.Merges)
		output, err := nodes.Output(i)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{`level=WARN msg="heal: the cluster may be split"`, `level=INFO msg="heal: the cluster is whole again" after=`} {
			if got := strings.Count(output, line); got != splits {
				t.Errorf("node %d says %d times %s after %d splits:\n%s", i, got, line, splits, output)
			}
		}
	}
	if merges < splits {
		t.Errorf("%d merges healed %d splits", merges, splits)
	}
}

// The process that starts a network may be killed. The nodes end with the process that
// started them, and that one with its own starter.
func TestNoNodeOutlivesItsStarter(t *testing.T) {
	if netlab.Inside() {
		startAndWait(t)
	}
	if err := netlab.Missing(); err != nil {
		t.Skipf("skipped: %v", err)
	}
	// A node that only holds a pipe open. The pipe ends when the last process that holds
	// it exits.
	program := filepath.Join(t.TempDir(), "node")
	if err := proc.WriteProgram(program, "#!/bin/sh\necho started >&3\nexec sleep 600\n"); err != nil {
		t.Fatal(err)
	}
	end, held, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer end.Close()
	cmd := netlab.Command("-test.run=^" + t.Name() + "$")
	starter, err := proc.Start(proc.Spec{
		Path: cmd.Path, Args: cmd.Args[1:], Env: append(cmd.Env, testpop+"="+program), Files: []*os.File{held}, Output: proc.To(io.Discard),
	})
	if err != nil {
		t.Fatal(err)
	}
	held.Close()
	defer starter.Kill()
	if err := end.SetReadDeadline(time.Now().Add(await.Patience)); err != nil {
		t.Fatal(err)
	}
	if n, err := io.ReadFull(end, make([]byte, len("started\n"))); err != nil {
		t.Fatalf("the node does not start: %d bytes, %v", n, err)
	}
	if err := syscall.Kill(starter.PID, syscall.SIGKILL); err != nil { // not its group
		t.Fatal(err)
	}
	if _, err := io.ReadAll(end); err != nil {
		t.Errorf("the node lives on: %v", err)
	}
}

// startAndWait starts a node that is never stopped.
func startAndWait(t *testing.T) {
	network, err := netlab.New(1)
	if err != nil {
		t.Fatal(err)
	}
	program := os.Getenv(testpop)
	if _, err := nodelab.Start(network, []string{program}, filepath.Dir(program)); err != nil {
		t.Fatal(err)
	}
	select {}
}
