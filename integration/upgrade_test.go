package integration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ringmend/ringmend/integration/cluster"
	"github.com/ringmend/ringmend/internal/await"
)

// release01 are the sources of ringmend 0.1.0, which has no tag: those before the first change
// of 0.2.
const release01 = "4ce2169e892f06638ed2f0b7991b8f552b546dfd"

// A cluster is upgraded node by node, as operations.md says, while all nodes are asked for the
// owners of keys. A node that goes owns its keys until the others have noticed, which is its
// gap; at no other time may a lookup fail, or name a node that is not there.
func TestRollingUpgrade(t *testing.T) {
	for _, from := range []struct {
		name    string
		program func(*testing.T) cluster.Program
	}{
		{"ringmend 0.1.0", buildRelease01},
		{"ringpop-go 0.10.0", func(*testing.T) cluster.Program { return cluster.RingpopGo }},
	} {
		t.Run(from.name, func(t *testing.T) {
			old := from.program(t)
			c := cluster.Start(t, old, old, old, old)
			c.Wait("all agree", c.Agree)
			look := newLooker(c)
			t.Cleanup(look.stop)
			for i, n := range c.Nodes {
				look.leave(n)
				gone := time.Now()
				if _, err := n.Terminate(await.Patience); err != nil {
					t.Fatal(err)
				}
				c.Wait("the others do without it", func(ctx context.Context) error {
					return errors.Join(c.Agree(ctx), look.namesNone(ctx, n))
				})
				t.Logf("node %d owned keys for %v after it was told to go", i, look.lastNamed(n).Sub(gone).Round(time.Millisecond))
				n.SetProgram(t, cluster.Ringmend)
				c.StartNode(i)
				c.Wait("all agree", func(ctx context.Context) error { return errors.Join(c.Agree(ctx), look.sameOwners(ctx)) })
				look.enter(n)
			}
			if err := look.err(); err != nil {
				t.Error(err)
			}
			t.Logf("%d lookups, none of which failed", look.made)
		})
	}
}

// buildRelease01 builds testpop from the sources of 0.1.0.
func buildRelease01(t *testing.T) cluster.Program {
	dir := t.TempDir()
	archive := exec.Command("sh", "-c", `git -C .. archive "$0" | tar -x -C "$1"`, release01, dir)
	if out, err := archive.CombinedOutput(); err != nil {
		t.Skipf("skipped: the sources of 0.1.0 are not to be had from git (a shallow clone?): %v\n%s", err, out)
	}
	path := filepath.Join(dir, "testpop-0.1.0")
	build := exec.Command("go", "build", "-o", path, "./node/testpop")
	build.Dir, build.Env = dir, append(build.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build 0.1.0: %v\n%s", err, out)
	}
	return cluster.Built("ringmend 0.1.0", path)
}

// looker asks nodes for the owners of keys, all the time.
type looker struct {
	nodes []*cluster.Node
	end   context.CancelFunc
	ended sync.WaitGroup

	mu      sync.Mutex
	serves  map[string]bool      // by address: is to answer
	named   map[string]time.Time // when it was last named as an owner
	made    int
	failure error // the first
}

const lookedUp = 50 // keys

func newLooker(c *cluster.Cluster) *looker {
	ctx, end := context.WithCancel(context.Background())
	l := &looker{nodes: c.Nodes, end: end, serves: make(map[string]bool), named: make(map[string]time.Time)}
	for _, n := range c.Nodes {
		l.serves[n.Address] = true
	}
	l.ended.Go(func() {
		for ctx.Err() == nil {
			for _, n := range l.nodes {
				l.ask(ctx, n)
			}
		}
	})
	return l
}

func (l *looker) stop() {
	l.end()
	l.ended.Wait()
}

// leave says that a node is on its way out, and enter that it is back.
func (l *looker) leave(n *cluster.Node) { l.set(n, false) }
func (l *looker) enter(n *cluster.Node) { l.set(n, true) }

func (l *looker) set(n *cluster.Node, serves bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.serves[n.Address] = serves
}

// mayAsk reports whether a node is to answer.
func (l *looker) mayAsk(n *cluster.Node) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.serves[n.Address]
}

func (l *looker) lastNamed(n *cluster.Node) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.named[n.Address]
}

func (l *looker) err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failure
}

// ask looks all keys up at a node that is to answer.
func (l *looker) ask(ctx context.Context, n *cluster.Node) {
	for k := range lookedUp {
		if !l.mayAsk(n) {
			return
		}
		owner, err := ownerAt(ctx, n, k)
		l.mu.Lock()
		l.made++
		l.named[owner] = time.Now()
		if err != nil && l.serves[n.Address] && ctx.Err() == nil && l.failure == nil {
			l.failure = fmt.Errorf("a lookup at %s, which is up: %w", n.Address, err)
		}
		l.mu.Unlock()
	}
}

func ownerAt(ctx context.Context, n *cluster.Node, key int) (string, error) {
	answer, err := n.Call(ctx, "/admin/lookup", fmt.Appendf(nil, `{"key":"key-%d"}`, key))
	if err != nil {
		return "", err
	}
	var owner struct{ Dest string }
	return owner.Dest, json.Unmarshal(answer, &owner)
}

// namesNone returns an error if a node that is to answer names the node as an owner.
func (l *looker) namesNone(ctx context.Context, gone *cluster.Node) error {
	for _, n := range l.nodes {
		for k := range lookedUp {
			if !l.mayAsk(n) {
				break
			}
			if owner, err := ownerAt(ctx, n, k); err != nil || owner == gone.Address {
				return fmt.Errorf("%s names %s (%v)", n.Address, owner, err)
			}
		}
	}
	return nil
}

// sameOwners returns an error if nodes differ about an owner.
func (l *looker) sameOwners(ctx context.Context) error {
	for k := range lookedUp {
		first := ""
		for _, n := range l.nodes {
			owner, err := ownerAt(ctx, n, k)
			if err != nil {
				return err
			}
			if first == "" {
				first = owner
			}
			if owner != first {
				return fmt.Errorf("%s names %s for key %d, another node %s", n.Address, owner, k, first)
			}
		}
	}
	return nil
}
