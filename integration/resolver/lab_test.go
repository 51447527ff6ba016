package resolver

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/netlab"
	"github.com/ringmend/ringmend/internal/netns/nstest"
	"github.com/ringmend/ringmend/internal/proc"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// The programs that tests in the namespaces start are built outside, where modules can be
// downloaded.
const (
	testpop = "RINGMEND_RESOLVER_TESTPOP"
	etcd    = "RINGMEND_RESOLVER_ETCD"
)

// inside runs the test of that name in namespaces of its own.
func inside(t *testing.T) bool {
	if netlab.Inside() {
		return true
	}
	if err := netlab.Missing(); err != nil {
		t.Skipf("skipped: %v", err)
	}
	program := filepath.Join(t.TempDir(), "testpop")
	build := exec.Command("go", "build", "-o", program, "./testpop")
	build.Dir = "../../lease/etcd"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build testpop with etcd: %v\n%s", err, out)
	}
	cmd := netlab.Command()
	cmd.Env = append(cmd.Env, testpop+"="+program)
	if path, err := exec.LookPath("etcd"); err == nil {
		cmd.Env = append(cmd.Env, etcd+"="+path)
	}
	nstest.Again(t, cmd)
	return false
}

// Times of the nodes: decisions come sooner than in production, while failure detection
// takes as long as there.
const (
	stableAfter = 3 * time.Second
	detection   = 18 * time.Second // of one that is alone while packets are dropped, at the latest
	settle      = 20 * time.Second
)

// lab is nodes on hosts of their own.
type lab struct {
	t       *testing.T
	network *netlab.Network
	client  *tchan.Transport
	hosts   string
	args    []string
	nodes   []*node
}

type node struct {
	address string
	process *proc.Process
	log     proc.Tail
}

func newLab(t *testing.T, n, others int, args ...string) *lab {
	t.Helper()
	network, err := netlab.New(n + others)
	if err != nil {
		t.Fatal(err)
	}
	client, err := tchan.New(tchan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	l := &lab{t: t, network: network, client: client, hosts: filepath.Join(t.TempDir(), "hosts.json")}
	l.args = append(args, "--resolver-stable-after="+stableAfter.String())
	var list []string
	for i := range n {
		l.nodes = append(l.nodes, &node{address: network.Address(i) + ":3000"})
		list = append(list, l.nodes[i].address)
	}
	body, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(l.hosts, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return l
}

// start starts a node.
func (l *lab) start(i int) {
	l.t.Helper()
	n := l.nodes[i]
	n.process = l.run(i, &n.log, append([]string{os.Getenv(testpop), "--listen=" + n.address, "--hosts=" + l.hosts}, l.args...)...)
}

// run starts a program on a host, until the test ends.
func (l *lab) run(host int, log *proc.Tail, command ...string) *proc.Process {
	l.t.Helper()
	line := l.network.On(host, command...)
	p, err := proc.Start(proc.Spec{Path: line[0], Args: line[1:], Output: proc.To(log)})
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(p.Kill)
	return p
}

// settled starts all nodes, and waits until they count for their side.
func (l *lab) settled() {
	l.t.Helper()
	for i := range l.nodes {
		l.start(i)
	}
	l.wait("all serve", time.Minute, l.serving(0, 1, 2, 3, 4))
	time.Sleep(settle + time.Second) // no condition: a node does not say when it has settled
}

// status asks a node about its resolver.
func (l *lab) status(i int) (*wire.ResolveStatus, error) {
	ctx, cancel := contextFor(l.t, time.Second)
	defer cancel()
	body, err := l.client.Call(ctx, l.nodes[i].address, wire.EndpointResolve, []byte("null"))
	if err != nil {
		return nil, err
	}
	status := new(wire.ResolveStatus)
	return status, wire.Unmarshal(body, status)
}

// healthy asks a node as a probe does.
func (l *lab) healthy(i int) error {
	ctx, cancel := contextFor(l.t, 10*time.Second)
	defer cancel()
	_, err := l.client.Call(ctx, l.nodes[i].address, wire.EndpointHealth, []byte("null"))
	return err
}

// serving says what is missing for exactly these nodes to serve.
func (l *lab) serving(want ...int) func() string {
	return func() string {
		for i := range l.nodes {
			wanted := false
			for _, w := range want {
				wanted = wanted || w == i
			}
			status, err := l.status(i)
			switch {
			case err != nil && wanted:
				return fmt.Sprintf("node %d: %v", i, err)
			case err == nil && (status.Refuses == "") != wanted:
				return fmt.Sprintf("node %d is %s and refuses %q", i, status.State, status.Refuses)
			}
		}
		return ""
	}
}

// logged says which of these texts a node has not logged.
func (l *lab) logged(i int, texts ...string) func() string {
	return func() string {
		log := l.nodes[i].log.String()
		for _, text := range texts {
			if !strings.Contains(log, text) {
				return fmt.Sprintf("node %d has not said that %s", i, text)
			}
		}
		return ""
	}
}

func (l *lab) wait(what string, limit time.Duration, missing func() string) {
	l.t.Helper()
	took := await.Until(l.t, limit, func() string {
		if text := missing(); text != "" {
			return what + ": " + text + l.logs()
		}
		return ""
	})
	l.t.Logf("%s: after %v", what, took.Round(time.Millisecond))
}

// stays fails if a condition does not hold all the time.
func (l *lab) stays(what string, d time.Duration, missing func() string) {
	l.t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(200 * time.Millisecond) { // no condition: nothing may happen
		if text := missing(); text != "" {
			l.t.Fatalf("%s: %s%s", what, text, l.logs())
		}
	}
}

func (l *lab) logs() string {
	var b strings.Builder
	for i, n := range l.nodes {
		text := n.log.String()
		fmt.Fprintf(&b, "\n--- node %d\n%s", i, text[max(0, len(text)-600):])
	}
	return b.String()
}

func (l *lab) cut(parts ...[]int) {
	l.t.Helper()
	if err := l.network.Cut(netlab.Drop, parts...); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) mend() {
	l.t.Helper()
	if err := l.network.Mend(); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) signal(i int, s syscall.Signal) {
	l.t.Helper()
	if err := l.nodes[i].process.Signal(s); err != nil {
		l.t.Fatal(err)
	}
}
