package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/ports"
)

// patience is how long nodes and programs get for what they are waited for.
const patience = await.Patience

// programs are the programs that the tests need, each built once.
var programs builds

type builds struct {
	mu    sync.Mutex
	dir   string
	built map[string]string // paths by package
}

// build compiles a program of this module and returns its path.
func build(t *testing.T, pkg string) string {
	t.Helper()
	programs.mu.Lock()
	defer programs.mu.Unlock()
	if program, done := programs.built[pkg]; done {
		return program
	}
	if programs.dir == "" {
		dir, err := os.MkdirTemp("", "ringpop-admin-test")
		if err != nil {
			t.Fatal(err)
		}
		programs.dir, programs.built = dir, map[string]string{}
	}
	program := filepath.Join(programs.dir, filepath.Base(pkg))
	if out, err := exec.Command("go", "build", "-o", program, pkg).CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", pkg, err, out)
	}
	programs.built[pkg] = program
	return program
}

func (b *builds) remove() {
	if b.dir != "" {
		_ = os.RemoveAll(b.dir) // best effort: it is in a temporary directory
	}
}

// liveCluster is a cluster of node processes on 127.0.0.1.
type liveCluster struct {
	addresses []string // sorted
	processes []*os.Process
	hosts     string // the file that they were started with
}

// startNodes starts a cluster and ends it with the test.
func startNodes(t *testing.T, testpop string, size int) *liveCluster {
	t.Helper()
	c := &liveCluster{addresses: freeAddresses(t, size)}
	c.hosts = writeHosts(t, c.addresses...)
	for _, address := range c.addresses {
		cmd := exec.Command(testpop, "--listen="+address, "--hosts="+c.hosts, "--suspect-period=1000")
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

// freeAddresses returns free addresses, sorted.
func freeAddresses(t *testing.T, n int) []string {
	t.Helper()
	addresses := ports.Addresses(t, n)
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

// sees looks at the partitions until they are as wanted.
func sees(t *testing.T, uri, what string, wanted func(render.PartitionsJSON) bool) {
	t.Helper()
	await.Until(t, patience, func() string {
		last := runLive(t, "partitions", "--json", "--timeout", "500ms", uri)
		var view render.PartitionsJSON
		if last.Code == 0 && json.Unmarshal([]byte(last.Stdout), &view) == nil && wanted(view) {
			return ""
		}
		return fmt.Sprintf("%s; last seen: %+v", what, last)
	})
}

// shows waits until a command, but for the width of its columns, does what is
// wanted.
func shows(t *testing.T, want result, args ...string) {
	t.Helper()
	await.Until(t, patience, func() string {
		if diff := cmp.Diff(want, squeezed(runLive(t, args...))); diff != "" {
			return fmt.Sprintf("%q: %s", args, diff)
		}
		return ""
	})
}

// counts returns a condition: the partitions have these numbers of nodes, alive and
// faulty members, and failed nodes did not answer.
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
	t.Parallel()
	testpop := build(t, "github.com/ringmend/ringmend/node/testpop")
	nodes := startNodes(t, testpop, 4)
	first, last := nodes.addresses[0], nodes.addresses[3]
	sees(t, first, "one partition of 4", counts(0, [3]int{4, 4, 0}))

	want := "A cluster of 4 nodes that agree: 4 up.\n" + table("Address P1", nodes.addresses[0]+" alive", nodes.addresses[1]+" alive", nodes.addresses[2]+" alive", last+" alive")
	shows(t, result{0, want, ""}, "top", "-R", first)

	if err := nodes.processes[3].Kill(); err != nil {
		t.Fatal(err)
	}
	sees(t, first, "the dead one to be faulty", counts(1, [3]int{3, 3, 1}))
	want = "A cluster of 4 nodes that agree: 3 up, 1 faulty.\n1 of 4 faulty: " + last + ".\n" + table("Address P1", nodes.addresses[0]+" alive", nodes.addresses[1]+" alive", nodes.addresses[2]+" alive", last+" faulty")
	wantReport := "Failed to connect to 1 nodes.\n" + table(last+" connection refused (the cluster holds it down)")
	shows(t, result{0, want, wantReport}, "top", "-R", "ringpop://"+first)

	if err := nodes.processes[2].Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	sees(t, first, "the suspended one to be faulty", counts(2, [3]int{2, 2, 2}))
	await.Until(t, patience, func() string {
		got := runLive(t, "checksums", "--timeout", "1s", first)
		if got.Code == 0 && strings.Count(got.Stdout, "\n") == 2 && strings.Contains(got.Stderr, "no answer in time (") {
			return ""
		}
		return fmt.Sprintf("two of four: %+v", got)
	})
	shows(t, result{1, "", "Error: Failed to connect to ringpop listening on " + nodes.addresses[2] + ": no answer in time (200ms)\n"},
		"partitions", "--timeout", "200ms", nodes.addresses[2])
}

func TestLiveClustersThatDoNotKnowEachOther(t *testing.T) {
	t.Parallel()
	testpop := build(t, "github.com/ringmend/ringmend/node/testpop")
	one, two := startNodes(t, testpop, 2), startNodes(t, testpop, 2)
	both := "file://" + writeHosts(t, one.addresses[0], two.addresses[0])
	sees(t, both, "two partitions", counts(0, [3]int{2, 2, 0}, [3]int{2, 2, 0}))
	sees(t, one.addresses[0], "one of the two", counts(0, [3]int{2, 2, 0}))
}

// The built program watches until it gets an interrupt, and then ends well.
func TestLiveWatchEndsWithAnInterrupt(t *testing.T) {
	t.Parallel()
	testpop := build(t, "github.com/ringmend/ringmend/node/testpop")
	program := build(t, "github.com/ringmend/ringmend/admin/ringpop-admin")
	nodes := startNodes(t, testpop, 2)
	sees(t, nodes.addresses[0], "one partition", counts(0, [3]int{2, 2, 0}))

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
	// Where the machine is slow a member may be suspect for a moment.
	if rows := regexp.MustCompile(`(?m)^ +\d+   \d   \d   \d   \d   127\.0\.0\.1:\d+$`).FindAllString(stdout.text.String(), -1); len(rows) < 3 {
		t.Errorf("%d rows:\n%s", len(rows), stdout.text.String())
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
