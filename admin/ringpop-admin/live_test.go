package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/admin/render"
)

// patience is how long nodes and programs get for what they are waited for.
const patience = 30 * time.Second

// build compiles a program of this module and returns its path.
func build(t *testing.T, pkg string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), filepath.Base(pkg))
	if out, err := exec.Command("go", "build", "-o", program, pkg).CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", pkg, err, out)
	}
	return program
}

// liveCluster is a cluster of node processes on 127.0.0.1.
type liveCluster struct {
	addresses []string // sorted
	processes []*os.Process
}

// startNodes starts a cluster and ends it with the test.
func startNodes(t *testing.T, testpop string, size int) *liveCluster {
	t.Helper()
	c := &liveCluster{addresses: freeAddresses(t, size)}
	hosts := writeHosts(t, c.addresses...)
	for _, address := range c.addresses {
		cmd := exec.Command(testpop, "--listen="+address, "--hosts="+hosts)
		var output bytes.Buffer
		cmd.Stdout, cmd.Stderr = &output, &output
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill() // it may be dead already
			_ = cmd.Wait()
			if t.Failed() {
				t.Logf("output of %s:\n%s", address, output.String())
			}
		})
		c.processes = append(c.processes, cmd.Process)
	}
	return c
}

// freeAddresses returns addresses that nobody listens on, with ports below those
// that systems give to outgoing connections: such a one could be taken again
// before the node is there.
func freeAddresses(t *testing.T, n int) []string {
	t.Helper()
	var addresses []string
	for tries := 0; len(addresses) < n; tries++ {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000)))
		if err == nil {
			defer l.Close() // all at the end, so that no port is given twice
			addresses = append(addresses, l.Addr().String())
		} else if tries == 100 {
			t.Fatal(err)
		}
	}
	slices.Sort(addresses)
	return addresses
}

func writeHosts(t *testing.T, addresses ...string) string {
	t.Helper()
	data, err := json.Marshal(addresses)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "hosts.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// runLive runs the program against real nodes.
func runLive(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, &stdout, &stderr, dial)
	return result{code, stdout.String(), stderr.String()}
}

// await looks at the partitions until they are as wanted.
func await(t *testing.T, uri, what string, wanted func(render.PartitionsJSON) bool) {
	t.Helper()
	var last result
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		last = runLive(t, "partitions", "--json", "--timeout", "500ms", uri)
		var view render.PartitionsJSON
		if last.Code == 0 && json.Unmarshal([]byte(last.Stdout), &view) == nil && wanted(view) {
			return
		}
	}
	t.Fatalf("waited %v for %s; last seen: %+v", patience, what, last)
}

// counts returns a condition: the partitions have these numbers of nodes, alive
// and faulty members, and so many nodes failed.
func counts(failed int, want ...[3]int) func(render.PartitionsJSON) bool {
	return func(view render.PartitionsJSON) bool {
		var got [][3]int
		for _, p := range view.Partitions {
			got = append(got, [3]int{len(p.Nodes), p.Alive, p.Faulty})
		}
		return len(view.Failed) == failed && slices.Equal(got, want)
	}
}

func TestLiveCluster(t *testing.T) {
	testpop := build(t, "github.com/ringmend/ringmend/node/testpop")
	nodes := startNodes(t, testpop, 4)
	first, last := nodes.addresses[0], nodes.addresses[3]
	await(t, first, "one partition of 4", counts(0, [3]int{4, 4, 0}))

	got := runLive(t, "top", "-R", first)
	want := table("Address P1", nodes.addresses[0]+" alive", nodes.addresses[1]+" alive", nodes.addresses[2]+" alive", last+" alive")
	if diff := cmp.Diff(result{0, want, ""}, squeezed(got)); diff != "" {
		t.Errorf("top -R: %s", diff)
	}

	if err := nodes.processes[3].Kill(); err != nil {
		t.Fatal(err)
	}
	await(t, first, "the dead one to be faulty", counts(1, [3]int{3, 3, 1}))
	got = runLive(t, "top", "-R", "ringpop://"+first)
	want = table("Address P1", nodes.addresses[0]+" alive", nodes.addresses[1]+" alive", nodes.addresses[2]+" alive", last+" faulty")
	wantReport := "Failed to connect to 1 nodes.\n" + table(last+" connection refused (the cluster holds it down)")
	if diff := cmp.Diff(result{0, want, wantReport}, squeezed(got)); diff != "" {
		t.Errorf("top -R: %s", diff)
	}

	if err := nodes.processes[2].Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	await(t, first, "the suspended one to be faulty", counts(2, [3]int{2, 2, 2}))
	got = runLive(t, "checksums", "--timeout", "200ms", first)
	if lines := strings.Count(got.Stdout, "\n"); got.Code != 0 || lines != 2 || !strings.Contains(got.Stderr, "no answer in time (200ms)") {
		t.Errorf("checksums: %+v", got)
	}
	got = runLive(t, "partitions", "--timeout", "200ms", nodes.addresses[2])
	if wantError := "Error: Failed to connect to ringpop listening on " + nodes.addresses[2] + ": no answer in time (200ms)\n"; got.Stderr != wantError {
		t.Errorf("a suspended node: %+v", got)
	}
}

func TestLiveClustersThatDoNotKnowEachOther(t *testing.T) {
	testpop := build(t, "github.com/ringmend/ringmend/node/testpop")
	one, two := startNodes(t, testpop, 2), startNodes(t, testpop, 2)
	both := "file://" + writeHosts(t, one.addresses[0], two.addresses[0])
	await(t, both, "two partitions", counts(0, [3]int{2, 2, 0}, [3]int{2, 2, 0}))
	await(t, one.addresses[0], "one of the two", counts(0, [3]int{2, 2, 0}))
}

// The built program watches until it gets an interrupt, and then ends well.
func TestLiveWatchEndsWithAnInterrupt(t *testing.T) {
	testpop := build(t, "github.com/ringmend/ringmend/node/testpop")
	program := build(t, "github.com/ringmend/ringmend/admin/ringpop-admin")
	nodes := startNodes(t, testpop, 2)
	await(t, nodes.addresses[0], "one partition", counts(0, [3]int{2, 2, 0}))

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "partitions", "-w", "0.1", "-q", nodes.addresses[0])
	stdout := &stages{then: []func(){func() {}, func() {}, func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
	}}}
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("%v, stderr: %s", err, stderr.String())
	}
	if rows := strings.Count(stdout.text.String(), " 2   2   0   0   "); rows < 3 {
		t.Errorf("%d rows:\n%s", rows, stdout.text.String())
	}
}

// table returns lines as squeezed leaves them.
func table(lines ...string) string {
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&b, " %s\n", line)
	}
	return b.String()
}

// squeezed makes the gaps between columns one space wide: ports differ in width.
func squeezed(r result) result {
	for strings.Contains(r.Stdout+r.Stderr, "  ") {
		r.Stdout = strings.ReplaceAll(r.Stdout, "  ", " ")
		r.Stderr = strings.ReplaceAll(r.Stderr, "  ", " ")
	}
	return r
}
