package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

// mergeable names the nodes of another cluster in the file of hosts of c, where
// its healers find them. (A cut that ends is healed by the nodes themselves within
// about a second, too fast to be looked at.)
func (c *liveCluster) mergeable(t *testing.T, other *liveCluster) {
	t.Helper()
	data, err := json.Marshal(slices.Concat(c.addresses, other.addresses))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.hosts, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// expectation returns a function that runs a command until it ends with an exit
// code and prints a text: on a loaded machine a node may be suspect for a moment.
func expectation(t *testing.T) func(code int, stdout string, args ...string) {
	return func(code int, stdout string, args ...string) {
		t.Helper()
		for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
			got := runLive(t, args...)
			got.Stdout = clockTime.ReplaceAllString(got.Stdout, "TI:ME:OF.DAY")
			if got.Code == code && strings.Contains(got.Stdout, stdout) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%q: %+v, want code %d and %q", args, got, code, stdout)
			}
		}
	}
}

func TestLiveCommandsThroughASplitAndAHeal(t *testing.T) {
	t.Parallel()
	testpop := build(t, "github.com/ringmend/ringmend/node/testpop")
	left, right := startNodes(t, testpop, 2), startNodes(t, testpop, 2)
	a, b, d := left.addresses[0], left.addresses[1], right.addresses[1]
	expect := expectation(t)
	rest := func(members string, uris ...string) {
		t.Helper()
		expect(0, "", append([]string{"wait", "--converged", "--members", members, "--timeout", patience.String()}, uris...)...)
	}
	rest("2", a)
	rest("2", d)

	expect(0, "2\n", "count", "-p", a, d)
	expect(1, "", "status", a, d)
	expect(1, "", "reap", a, d)
	expect(1, " --\n", "diff", a, d)
	expect(0, "   --\n", "explain", b, d)
	screens := startScreens(t, a, d)
	screens.await(t, "SPLIT into 2 partitions of 2 | 2 nodes")

	left.mergeable(t, right)
	expect(0, "TI:ME:OF.DAY No known partitions left\n", "heal", a)
	rest("4", a, d)
	screens.await(t, "AGREED: one partition of 4 nodes")

	all := slices.Sorted(slices.Values(slices.Concat(left.addresses, right.addresses)))
	expect(0, "4\n", "count", "-m", a)
	expect(0, "127.0.0.1\n", "list", "-h", a)
	expect(0, strings.Join(all, "\n")+"\n", "list", "-m", a)
	expect(0, " "+d+"   alive\n", "status", a)
	expect(0, "127.0.0.1:", "lookup", "-k", "some key", a)
	expect(0, "no replica collisions!", "collisions", a)
	expect(0, "", "diff", a, d)
	expect(0, "   alive    ", "explain", d, a)
	checkShares(t, a)

	expect(0, "", "leave", d)
	rest("3", a)
	expect(0, " "+d+"   leave\n", "status", a)
	expect(0, "", "join", d)
	rest("4", a)

	if err := right.processes[1].Kill(); err != nil {
		t.Fatal(err)
	}
	await(t, a, "the dead one to be faulty", counts(1, [3]int{3, 3, 1}))
	expect(0, "", "reap", a)
	await(t, a, "the dead one to be a tombstone", counts(1, [3]int{3, 3, 0}))
	screens.end(t)
}

// checkShares compares the shares with what the cluster itself says about keys.
func checkShares(t *testing.T, node string) {
	t.Helper()
	const keys = 1000
	connection, err := dial("")
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	client := admin.NewClient(connection, patience)
	owned := map[wire.Address]float64{}
	for i := range keys {
		owner, err := client.Lookup(t.Context(), wire.Address(node), fmt.Sprint("key ", i))
		if err != nil {
			t.Fatal(err)
		}
		owned[owner] += 100.0 / keys
	}
	var view render.SharesJSON
	got := runLive(t, "dist", "--json", node)
	if err := json.Unmarshal([]byte(got.Stdout), &view); err != nil {
		t.Fatalf("%v: %+v", err, got)
	}
	for _, s := range view.Shares {
		// Five times the standard deviation of such a sample.
		if off := s.Percentage - owned[s.Address]; off > 7 || off < -7 {
			t.Errorf("%s owns %.2f%% and was named for %.1f%% of the keys", s.Address, s.Percentage, owned[s.Address])
		}
	}
}

// screens are top and watch in real terminals of tmux.
type screens struct {
	tmux     string // "" when there is none
	socket   string
	sessions []string
	dump     string
}

// startScreens starts the built program with both of its screens.
func startScreens(t *testing.T, nodes ...string) *screens {
	t.Helper()
	tmux, err := exec.LookPath("tmux")
	if err != nil {
		t.Log("no tmux: the screens are not tried in a real terminal")
		return &screens{}
	}
	program := build(t, "github.com/ringmend/ringmend/admin/ringpop-admin")
	dir := t.TempDir()
	s := &screens{tmux: tmux, socket: filepath.Join(dir, "tmux"), sessions: []string{"first", "second"}, dump: filepath.Join(dir, "dump")}
	t.Cleanup(func() { _, _ = s.run("kill-server") }) // it ends with its sessions
	for i, command := range []string{
		program + " top -r 200 -d " + s.dump + " " + strings.Join(nodes, " "),
		program + " watch -d " + s.dump + " -w 0.2 " + strings.Join(nodes, " "),
	} {
		// The shell says how the program ended, and keeps the terminal.
		text, err := s.run("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-s", s.sessions[i],
			command+"; echo ENDED WITH $?; read line")
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
	}
	return s
}

func (s *screens) run(args ...string) (string, error) {
	cmd := exec.Command(s.tmux, append([]string{"-S", s.socket}, args...)...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TMUX") }), "LC_ALL=C.UTF-8")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	return output.String(), err
}

// await waits for a text on all screens.
func (s *screens) await(t *testing.T, text string) {
	t.Helper()
	for _, session := range s.sessions {
		shown := ""
		for deadline := time.Now().Add(patience); !strings.Contains(shown, text); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("waited %v for %q; on the screen %s:\n%s", patience, text, session, shown)
			}
			shown, _ = s.run("capture-pane", "-p", "-t", session) // what it says is seen
		}
	}
}

// end dumps, leaves the screens with q, and expects them to end well.
func (s *screens) end(t *testing.T) {
	t.Helper()
	for _, session := range s.sessions {
		for _, key := range []string{"d", "q"} {
			if text, err := s.run("send-keys", "-t", session, key); err != nil {
				t.Errorf("%v: %s", err, text)
			}
		}
	}
	s.await(t, "ENDED WITH 0")
	if s.tmux == "" {
		return
	}
	data, err := os.ReadFile(s.dump)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	for _, line := range lines {
		var record render.RecordJSON
		if err := json.Unmarshal([]byte(line), &record); err != nil || len(record.Clusters) == 0 {
			t.Errorf("%v: %s", err, line)
		}
	}
	if len(lines) != len(s.sessions) {
		t.Errorf("%d dumps, want one from each screen", len(lines))
	}
}
