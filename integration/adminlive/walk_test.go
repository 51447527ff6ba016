package adminlive_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/integration/cluster"
	"github.com/ringmend/ringmend/internal/await"
)

// patience is how long a loaded machine gets for what is waited for.
const patience = await.Patience

// result is what a run of the program came to, with the names of the nodes in
// place of what differs from run to run.
type result struct {
	Code           int
	Stdout, Stderr string
}

// walk is the program and a cluster of three nodes, A, B and C.
type walk struct {
	t       *testing.T
	program string
	cluster *cluster.Cluster
	nodes   []*cluster.Node   // by address, as they are printed
	names   *strings.Replacer // letters to addresses
	letters *strings.Replacer // and back
}

func newWalk(t *testing.T, program cluster.Program) *walk {
	w := &walk{t: t, program: cluster.Build(t, adminProgram), cluster: cluster.Start(t, program, program, program)}
	w.nodes = slices.SortedFunc(slices.Values(w.cluster.Nodes), func(a, b *cluster.Node) int {
		return strings.Compare(a.Address, b.Address)
	})
	var names, letters []string
	for i, letter := range []string{"A", "B", "C"} {
		names = append(names, "{"+letter+"}", w.nodes[i].Address)
		letters = append(letters, w.nodes[i].Address, letter)
	}
	w.names, w.letters = strings.NewReplacer(names...), strings.NewReplacer(letters...)
	return w
}

var (
	moments      = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}`)
	clock        = regexp.MustCompile(`\d\d:\d\d:\d\d\.\d{3}`)
	incarnations = regexp.MustCompile(`\b\d{13}\b`)
	checksums    = regexp.MustCompile(`\b\d{4,10}\b`)
	gaps         = regexp.MustCompile(` {2,}`)
)

// plain puts names in place of what differs from run to run, and one space in
// place of the gaps between columns, which are as wide as the checksums.
func (w *walk) plain(s string) string {
	s = w.letters.Replace(s)
	s = moments.ReplaceAllString(s, "MOMENT")
	s = clock.ReplaceAllString(s, "TIME")
	s = incarnations.ReplaceAllString(s, "INC")
	s = checksums.ReplaceAllString(s, "SUM")
	return gaps.ReplaceAllString(s, " ")
}

// run runs a command line in which {A} stands for a node.
func (w *walk) run(line string) (result, []byte) {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), w.program, strings.Fields(w.names.Replace(line))...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		w.t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), w.plain(stdout.String()), w.plain(stderr.String())}, stdout.Bytes()
}

// expect runs a command line until it does what is wanted: a change may still be
// on its way, and on a loaded machine a node may be suspect for a moment.
func (w *walk) expect(line string, want result) {
	w.t.Helper()
	await.Until(w.t, patience, func() string {
		got, _ := w.run(line)
		if diff := cmp.Diff(want, got); diff != "" {
			return fmt.Sprintf("%s (-want +got): %s", line, diff)
		}
		return ""
	})
}

// step is a command that changes nothing, and what it prints.
type step struct{ line, stdout string }

func (w *walk) steps(stderr string, steps ...step) {
	w.t.Helper()
	for _, s := range steps {
		w.expect(s.line, result{0, s.stdout, stderr})
	}
}

const all = " A alive\n B alive\n C alive\n"

// together are the commands on a cluster at rest.
var together = []step{
	{"wait --converged --members 3 --timeout 60s {A}", ""},
	{"checksums {A}", " A SUM\n B SUM\n C SUM\n"},
	{"count -m {B}", "3\n"},
	{"count --hosts {B}", "1\n"},
	{"count -p {A} {C}", "1\n"},
	{"list -m ringpop://{C}", "A\nB\nC\n"},
	{"list -h {C}", "127.0.0.1\n"},
	{"status {A}", " ADDRESS STATUS\n" + all},
	{"status -q {A}", all},
	{"partitions {A}", " TIME Checksum # Nodes # Alive # Suspect # Faulty Sample Host\n SUM 3 3 0 0 A\n"},
	{"partitions -q {A}", " SUM 3 3 0 0 A\n"},
	{"top -R {A}", "A cluster of 3 nodes that agree: 3 up.\n Address P1\n" + all},
	{"diff {A} {C}", ""},
	{"explain {B} {A}", " Node Status Incarnation Incarnated (UTC) Labels\n" +
		" A alive INC MOMENT\n B alive INC MOMENT\n C alive INC MOMENT\n"},
	{"explain {B}", " Node Status Incarnation Incarnated (UTC) Labels\n" +
		" A alive INC MOMENT\n B alive INC MOMENT\n C alive INC MOMENT\n"},
	{"collisions {A}", "no replica collisions!\n"},
	{"heal {A}", "TIME No known partitions left\n"},
}

// asJSON are commands that change nothing, which all have --json.
var asJSON = []string{
	"checksums", "count -m", "count -h", "count -p", "list -m", "list -h", "lookup -k key", "status", "partitions",
	"top -R", "explain {B}", "diff {B}", "dist", "collisions", "wait --converged", "heal",
}

// Every command, against each program that a cluster can be made of. Those that
// change the cluster come last.
func TestEveryCommandAgainstEveryCluster(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			w := newWalk(t, kind.program(t))
			w.steps("", together...)
			w.fromAFile()
			w.dump()
			w.shares()
			for _, command := range asJSON {
				w.json(command)
			}
			w.leaveAndJoin()
			w.dieAndReap()
		})
	}
}

// fromAFile finds the cluster by a file of hosts.
func (w *walk) fromAFile() {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "hosts.json")
	hosts := w.names.Replace(`["127.0.0.1:1", "{B}"]`)
	if err := os.WriteFile(file, []byte(hosts), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.expect("status -q file://"+file, result{0, all, "Failed to connect to 1 nodes.\n 127.0.0.1:1 connection refused\n"})
}

// dump writes what all nodes say to a file.
func (w *walk) dump() {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "dump")
	w.expect("dump -f "+file+" {A}", result{})
	data, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	var dump map[string]struct {
		Address            string
		MembershipChecksum uint32
		Members            []struct{ Address, Status string }
		Node               struct{ Version any }
	}
	if err := json.Unmarshal(data, &dump); err != nil {
		w.t.Fatalf("%v: %s", err, data)
	}
	for _, n := range w.nodes {
		if d := dump[n.Address]; d.Address != n.Address || d.MembershipChecksum == 0 || len(d.Members) != 3 {
			w.t.Errorf("the dump has %+v for %s", d, n.Address)
		}
	}
}

// shares compares what is computed here, dist, with what the cluster itself says:
// under a wrong flavour or placement they would differ.
func (w *walk) shares() {
	w.t.Helper()
	const keys = 500
	owned := map[string]float64{}
	for i := range keys {
		key := fmt.Sprint("key-", i)
		owner, err := w.nodes[i%3].Lookup(w.t.Context(), key)
		if err != nil {
			w.t.Fatal(err)
		}
		owned[string(owner)] += 100.0 / keys
		if i == 0 {
			w.expect("lookup -k "+key+" {A}", result{0, w.plain(string(owner)) + "\n", ""})
		}
	}
	_, text := w.run("dist --json {A}")
	var dist struct {
		Shares []struct {
			Address    string
			Percentage float64
		}
	}
	if err := json.Unmarshal(text, &dist); err != nil || len(dist.Shares) != 3 {
		w.t.Fatalf("dist: %v: %s", err, text)
	}
	for _, s := range dist.Shares {
		// Five times the standard deviation of such a sample.
		if off := s.Percentage - owned[s.Address]; off > 11 || off < -11 {
			w.t.Errorf("%s owns %.2f%% and was named for %.1f%% of the keys", s.Address, s.Percentage, owned[s.Address])
		}
	}
}

// json expects one JSON object in one line.
func (w *walk) json(command string) {
	w.t.Helper()
	got, stdout := w.run(command + " --json {A}")
	var form map[string]any
	if err := json.Unmarshal(stdout, &form); err != nil || got.Code != 0 || len(form) == 0 || strings.Count(got.Stdout, "\n") != 1 {
		w.t.Errorf("%s --json: %v: %+v", command, err, got)
	}
	if failed, has := form["failed"]; has && fmt.Sprint(failed) != "[]" {
		w.t.Errorf("%s --json: failed is %v", command, failed)
	}
}

func (w *walk) leaveAndJoin() {
	w.t.Helper()
	w.steps("",
		step{"leave {B}", ""},
		step{"status -q {A}", " A alive\n B leave\n C alive\n"},
		step{"wait --converged --members 2 --timeout 60s {B}", ""},
		step{"join {B}", ""},
		step{"status -q {A}", all},
	)
}

func (w *walk) dieAndReap() {
	w.t.Helper()
	w.nodes[2].Kill()
	// Nothing listens on that port at another address of this machine either.
	const refused = "Error: Failed to connect to ringpop listening on C.\n"
	for _, line := range []string{"leave {C}", "join {C}", "status {C}", "heal {C}", "reap {C}", "dist {C}", "lookup -k x {C}", "diff {A} {C}"} {
		w.expect(line, result{1, "", refused})
	}
	const gone = "Failed to connect to 1 nodes.\n C connection refused (the cluster holds it down)\n"
	w.steps(gone,
		step{"status -q {A}", " A alive\n B alive\n C faulty\n"},
		step{"top -R {A}", "A cluster of 3 nodes that agree: 2 up, 1 faulty.\n1 of 3 faulty: C.\n Address P1\n A alive\n B alive\n C faulty\n"},
		step{"partitions -q {A}", " SUM 2 2 0 1 A\n"},
		step{"explain {C} {A}", " Node Status Incarnation Incarnated (UTC) Labels\n A faulty INC MOMENT\n B faulty INC MOMENT\n"},
	)
	w.steps("1 node did not answer, as the cluster expects.\n", step{"wait --converged --members 2 --timeout 60s {A}", ""})
	w.steps("", step{"reap {A}", ""})
	await.Until(w.t, patience, func() string {
		got, _ := w.run("status -q {B}")
		if got.Code == 0 && !strings.Contains(got.Stdout, "C faulty") {
			return ""
		}
		return fmt.Sprintf("C is not reaped: %+v", got)
	})
}
