package resolver

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/proc"
)

func contextFor(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}

// The smaller side refuses in time, also a node of it that is killed and started again within
// the cut; it serves again once the cut is mended, in the same processes. An owner that was
// stopped refuses when it goes on, until others say that it may serve.
func TestMinorityRefusesAndRecovers(t *testing.T) {
	t.Parallel() // each in namespaces of its own; they mostly wait
	if !inside(t) {
		return
	}
	l := newLab(t, 5, 0, "--resolver=keep-majority")
	l.settled()

	l.signal(4, syscall.SIGSTOP)
	time.Sleep(2700 * time.Millisecond) // longer than MaxPause, shorter than it takes to be given up
	waiting := make(chan error, 1)
	go func() { waiting <- l.healthy(4) }()
	time.Sleep(300 * time.Millisecond) // it is in the stopped node's socket now
	l.signal(4, syscall.SIGCONT)
	switch err := <-waiting; {
	case err == nil:
		// Others have said that it may serve before its turn came: that takes a millisecond.
		l.wait("the node that was stopped asked others before it served", 5*time.Second, l.logged(4, "the process was stopped", "serves again after the pause"))
	case !strings.Contains(err.Error(), "stale"):
		t.Errorf("a node that was stopped refuses: %v", err)
	}
	l.wait("the one that was stopped serves", time.Minute, l.serving(0, 1, 2, 3, 4))
	time.Sleep(settle + time.Second) // as in settled

	l.cut([]int{0, 1}, []int{2, 3, 4})
	l.wait("the minority refuses", detection+stableAfter+2*time.Second, l.serving(2, 3, 4))
	before := l.nodes[1].process
	l.nodes[0].process.Kill()
	l.start(0)
	l.wait("the restarted node answers", time.Minute, func() string {
		if err := l.healthy(0); err != nil && !strings.Contains(err.Error(), "starting") {
			return err.Error()
		}
		return ""
	})
	l.stays("the minority stays fenced", 15*time.Second, l.serving(2, 3, 4))
	if err := l.healthy(1); err == nil || !strings.Contains(err.Error(), "fenced") {
		t.Errorf("health of the minority: %v", err)
	}

	l.mend()
	l.wait("all serve again", time.Minute, l.serving(0, 1, 2, 3, 4))
	if !before.Running() {
		t.Error("the process of the minority has ended")
	}
}

// By the policy exit the processes of the smaller side end with code 3, and say why. What a
// supervisor starts in their place waits for the end of the cut, and does not end again.
func TestPolicyExit(t *testing.T) {
	t.Parallel()
	if !inside(t) {
		return
	}
	l := newLab(t, 5, 0, "--resolver=keep-majority", "--resolver-policy=exit")
	l.settled()
	l.cut([]int{0, 1}, []int{2, 3, 4})
	for i := range 2 {
		l.wait("a node of the minority ends", detection+stableAfter+2*time.Second, func() string {
			if l.nodes[i].process.Running() {
				return "it runs"
			}
			return ""
		})
		if code, said := l.nodes[i].process.ExitCode(), l.nodes[i].log.String(); code != 3 || !strings.Contains(said, " of 5 are a minority") {
			t.Errorf("node %d ends with code %d:\n%s", i, code, said)
		}
		l.start(i)
	}
	l.wait("the majority serves", detection, l.serving(2, 3, 4))
	l.stays("the majority serves", 10*time.Second, l.serving(2, 3, 4))
	l.mend()
	l.wait("all serve again", time.Minute, l.serving(0, 1, 2, 3, 4))
	for i := range l.nodes {
		if !l.nodes[i].process.Running() {
			t.Errorf("node %d has ended:\n%s", i, l.nodes[i].log.String())
		}
	}
}

// With etcd the side that reaches it serves, and no side does when neither reaches it; all
// serve again when both cuts are mended.
func TestEtcdDecides(t *testing.T) {
	t.Parallel()
	if !inside(t) {
		return
	}
	program := os.Getenv(etcd)
	if program == "" {
		t.Skip("skipped: there is no etcd")
	}
	const store = 5 // its host
	l := newLab(t, 5, 1, "--resolver=lease-majority", "--resolver-lease=etcd:10.77.5.2:2379/ring")
	client, peer := "http://"+l.network.Address(store)+":2379", "http://"+l.network.Address(store)+":2380"
	l.run(store, new(proc.Tail), program, "--name=test", "--data-dir="+t.TempDir(), "--log-level=warn",
		"--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=test="+peer)
	l.settled()

	// What a decision over the network takes on top: asking, and giving up.
	const asking = 15 * time.Second
	for _, test := range []struct {
		what    string
		parts   [][]int
		serving []int
	}{
		{"etcd with the minority", [][]int{{0, 1, store}, {2, 3, 4}}, []int{0, 1}},
		{"etcd with neither side", [][]int{{0, 1}, {2, 3, 4}, {store}}, nil},
	} {
		l.cut(test.parts...)
		l.wait(test.what, detection+stableAfter+asking, l.serving(test.serving...))
		l.stays(test.what, 8*time.Second, l.serving(test.serving...))
		if len(test.serving) == 0 {
			// The majority reaches it again, and the cut goes on.
			l.mend()
			l.cut([]int{0, 1}, []int{2, 3, 4, store})
			l.wait("the majority has the lease after all", time.Minute, l.serving(2, 3, 4))
		}
		l.mend()
		l.wait("all serve after "+test.what, 2*time.Minute, l.serving(0, 1, 2, 3, 4))
		time.Sleep(settle + stableAfter + 2*time.Second) // as in settled, until the record names all
	}
}
