package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/internal/proc"
)

func TestNodesCanBeTormentedAndRevived(t *testing.T) {
	f := newCluster(t, polite, polite, polite, polite, polite, polite)
	f.Kill(Choice{Random: 1})
	f.Suspend(Choice{Random: 2})
	f.Terminate(Choice{Random: 2})
	f.wait("two are terminated", func() bool { return f.count()[Terminated] == 2 })
	f.want(map[State]int{Running: 1, Killed: 1, Suspended: 2, Terminated: 2})
	if !f.has("terminated after", "exit code 0") {
		t.Errorf("no report of a termination in %s", f.text())
	}
	if f.has("by itself") {
		t.Errorf("somebody ended by itself in %s", f.text())
	}
	f.ReviveAll()
	f.wait("all are running", func() bool { return f.count()[Running] == 6 })
	f.ready(3) // the suspended ones did not start again
}

func TestANodeThatEndsByItselfIsReportedAndRevived(t *testing.T) {
	f := newCluster(t, polite, "echo $$ >$READY; exit 3")
	f.wait("the end is reported", func() bool { return f.has("cluster: 1 (pid", "ended by itself: exit code 3") })
	f.want(map[State]int{Running: 1, Ended: 1})
	f.ReviveAll()
	f.ready(1)
}

func TestOnlyRunningNodesAreTaken(t *testing.T) {
	f := newCluster(t, polite, polite, polite)
	f.Suspend(Choice{Random: 2})
	f.Kill(Choice{Random: 5})
	if !f.has("1 of 3 nodes are running") {
		t.Errorf("no word about it in %s", f.text())
	}
	f.want(map[State]int{Killed: 1, Suspended: 2})
	f.Terminate(Choice{Random: 1})
	if !f.has("0 of 3 nodes are running") {
		t.Errorf("no word about it in %s", f.text())
	}
}

func TestNodesThatAreNamed(t *testing.T) {
	f := newCluster(t, polite, polite, polite, polite)
	states := func() (list []State) {
		for _, s := range f.Status() {
			list = append(list, s.State)
		}
		return list
	}
	do := func(what string, err error, want ...State) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		// A node that has just been killed is started again after its end.
		f.wait(fmt.Sprintf("%s leads to %v", what, want), func() bool { return cmp.Equal(want, states()) })
	}
	refuse := func(what string, err error, why string) {
		t.Helper()
		before := states()
		if !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: error %v, want %q", what, err, why)
		}
		if diff := cmp.Diff(before, states()); diff != "" {
			t.Errorf("%s changes something (-before +after):\n%s", what, diff)
		}
	}
	do("kill", f.Kill(Choice{Names: []string{"1"}}), Running, Killed, Running, Running)
	do("suspend", f.Suspend(Choice{Names: []string{"3", "0"}}), Suspended, Killed, Running, Suspended)
	refuse("killing the dead", f.Kill(Choice{Names: []string{"2", "1"}}), "nothing is done: 1 is killed")
	refuse("suspending again", f.Suspend(Choice{Names: []string{"2", "1", "3"}}), "nothing is done: 1 is killed, 3 is suspended")
	refuse("reviving the living", f.Revive(Choice{Names: []string{"0", "2"}}), "nothing is done: 2 is running")
	refuse("a stranger", f.Terminate(Choice{Names: []string{"2", "9"}}), "nothing is done: 9 is no node")
	do("killing who is suspended", f.Kill(Choice{Names: []string{"3"}}), Suspended, Killed, Running, Killed)
	do("revive", f.Revive(Choice{Names: []string{"1", "0"}}), Running, Running, Running, Killed)
	do("revive some", f.Revive(Choice{Random: 1}), Running, Running, Running, Running)
}

// The same seed makes the same choices.
func TestASeedRepeatsTheChoices(t *testing.T) {
	chosen := func(seed uint64) string {
		var nodes []Node
		for i := range 20 {
			nodes = append(nodes, Node{Name: fmt.Sprint(i)})
		}
		c := New(nodes, nil, &diary{}, seed)
		for _, s := range c.slots {
			s.state = Running
		}
		var names []string
		for range 3 {
			err := c.pick(Choice{Random: 4}, []State{Running}, nil, func(s *slot) error {
				s.state = Killed
				names = append(names, s.Name)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return strings.Join(names, " ")
	}
	if first, again := chosen(7), chosen(7); first != again {
		t.Errorf("seed 7 chooses %s and %s", first, again)
	}
	if seven, eight := chosen(7), chosen(8); seven == eight {
		t.Errorf("seeds 7 and 8 both choose %s", seven)
	}
}

func TestChangesAreTold(t *testing.T) {
	f := newCluster(t, polite, "echo $$ >$READY; exit 3")
	f.wait("the end is reported", func() bool { return f.count()[Ended] == 1 })
	if err := f.Terminate(Choice{Names: []string{"0"}}); err != nil {
		t.Fatal(err)
	}
	f.wait("the other one ends", func() bool { return f.count()[Terminated] == 1 })
	got := strings.Join(f.changes.lines, "\n")
	want := "0: running \n1: running \n1: ended exit code 3\n0: terminating \n0: terminated exit code 0"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestZeroNodes(t *testing.T) {
	f := newCluster(t, polite)
	f.Kill(Choice{Random: 0})
	f.want(map[State]int{Running: 1})
	f.ReviveAll()
	if !f.has("nothing to do") || !f.has("all nodes are running") {
		t.Errorf("no word about it in %s", f.text())
	}
}

// A node is started once, however soon after its death it is revived, and however
// often.
func TestRevivingAtOnce(t *testing.T) {
	f := newCluster(t, polite, polite, polite)
	for range 5 {
		f.Kill(Choice{Random: 3})
		f.ReviveAll()
		f.ReviveAll()
		f.wait("all are running", func() bool { return f.count()[Running] == 3 })
		f.ready(3)
	}
	if f.has("by itself") {
		t.Errorf("somebody ended by itself in %s", f.text())
	}
}

func TestANodeThatTerminatesIsRevivedAfterItsEnd(t *testing.T) {
	f := newCluster(t, "trap 'while [ ! -e $READY.end ]; do sleep 0.05; done; exit 0' TERM; echo $$ >$READY; while :; do sleep 0.05; done")
	f.Terminate(Choice{Random: 1})
	f.ReviveAll()
	f.want(map[State]int{Terminating: 1})
	if err := os.WriteFile(filepath.Join(f.dir, "0.end"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f.wait("it is running", func() bool { return f.count()[Running] == 1 })
	f.ready(2) // with the file that ended it
}

func TestAStartThatIsBrokenOff(t *testing.T) {
	nodes := []Node{{Name: "0"}, {Name: "1"}, {Name: "2"}}
	c := New(nodes, func(Node) (*proc.Process, error) {
		return proc.Start(proc.Spec{Path: "/bin/sleep", Args: []string{"1000"},
			Output: proc.To(io.Discard)})
	}, &diary{}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	pids, err := c.Start(ctx, time.Hour, func(n int) {
		if n == 1 {
			cancel()
		}
	})
	if len(pids) != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("started %v, error %v; want one, and that it was broken off", pids, err)
	}
	c.ReviveAll() // nothing that was never started
	states := map[State]int{}
	for _, s := range c.Status() {
		states[s.State]++
	}
	if diff := cmp.Diff(map[State]int{Running: 1, Waiting: 2}, states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	c.Stop(nil)
	if _, err := c.Start(t.Context(), 0, func(int) {}); !errors.Is(err, errStopping) {
		t.Errorf("a start after the end: %v", err)
	}
}

func TestStopEndsAllWhateverTheirState(t *testing.T) {
	f := newCluster(t, polite, polite, polite, polite)
	f.Kill(Choice{Random: 1})
	f.Suspend(Choice{Random: 1})
	f.Terminate(Choice{Random: 1})
	f.Stop(nil)
	for _, s := range f.slots {
		select {
		case <-s.proc.Done():
		default:
			t.Errorf("node %s has not ended", s.Name)
		}
	}
	f.ReviveAll()
	if n := len(f.slots); n != 4 || f.has("again") {
		t.Errorf("something was started after the end: %s", f.text())
	}
}

func TestStopInAHurryKills(t *testing.T) {
	f := newCluster(t, deaf, deaf)
	hurry := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		f.Stop(hurry)
	}()
	f.wait("somebody is waited for", func() bool { return f.has("cluster: waiting for 0, 1") })
	close(hurry)
	<-stopped
	for _, s := range f.slots {
		if got := s.proc.Ending(); got != "signal: killed" {
			t.Errorf("node %s: %s", s.Name, got)
		}
	}
}

func TestAClusterThatCannotStart(t *testing.T) {
	c := New([]Node{{Name: "3000"}}, func(Node) (*proc.Process, error) { return nil, os.ErrPermission }, &diary{}, 1)
	if _, err := c.Start(t.Context(), 0, func(int) {}); err == nil || !strings.Contains(err.Error(), "node 3000") {
		t.Errorf("got %v, want an error that names the node", err)
	}
	c.Stop(nil)
}
