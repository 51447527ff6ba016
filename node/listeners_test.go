package node_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/swim"
)

// record keeps events.
type record struct {
	mu     sync.Mutex
	events []node.Event
}

func (r *record) listen(e node.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

func (r *record) list() []node.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// Listeners come and go at any time, each with filters of its own, and one that is stuck
// holds up no other.
func TestListenersComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var network memnet.Network
		n := startIn(t, &network, discovery.Static{}, nil)
		var all, some, none, gone record
		release := make(chan struct{})
		n.AddListener(func(node.Event) { <-release })
		n.AddListener(all.listen)
		n.AddListener(some.listen, node.Is[swim.Joined], node.Is[node.RingChanged])
		n.AddListener(none.listen, func(node.Event) bool { return false })
		remove := n.AddListener(gone.listen)
		remove()
		remove()
		var removeItself func()
		var once record
		removeItself = n.AddListener(func(e node.Event) {
			removeItself()
			once.listen(e)
		})
		bootstrap(t, n)
		if err := n.Leave(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		var late record
		n.AddListener(late.listen, node.Is[node.RingChanged])
		if err := n.Rejoin(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		_, joined := some.list()[0].(swim.Joined)
		if len(some.list()) != 3 || !joined {
			t.Errorf("with filters: %v", some.list())
		}
		ring, ok := late.list()[0].(node.RingChanged)
		if len(late.list()) != 1 || !ok || !slices.Equal(ring.Added, []string{n.Address()}) || ring.Servers != 1 {
			t.Errorf("late: %+v", late.list())
		}
		if len(all.list()) <= len(some.list()) || len(none.list()) > 0 || len(gone.list()) > 0 || len(once.list()) != 1 {
			t.Errorf("all %d, none %d, gone %d, once %d", len(all.list()), len(none.list()), len(gone.list()), len(once.list()))
		}
		close(release)
	})
}

// Members that move in the ring are named, and are not taken for new ones.
func TestRingChangedNamesTheMembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := memCluster(t, 2, nil)
		var seen record
		nodes[0].AddListener(seen.listen, node.Is[node.RingChanged])
		if err := nodes[1].SetIdentity("another"); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it has moved", 10*time.Second, func() bool { return len(seen.list()) == 1 })
		nodes[1].Close()
		eventually(t, "it is gone", 10*time.Second, func() bool { return len(seen.list()) == 2 })
		moved, gone := seen.list()[0].(node.RingChanged), seen.list()[1].(node.RingChanged)
		address := []string{nodes[1].Address()}
		if !slices.Equal(moved.Changed, address) || len(moved.Added)+len(moved.Removed) > 0 || moved.Servers != 2 {
			t.Errorf("moved: %+v", moved)
		}
		if !slices.Equal(gone.Removed, address) || len(gone.Added)+len(gone.Changed) > 0 || gone.Servers != 1 {
			t.Errorf("gone: %+v", gone)
		}
	})
}

// A listener may close its node, and gets what happened before.
func TestCloseFromAListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startIn(t, new(memnet.Network), discovery.Static{}, nil)
		var after record
		n.AddListener(func(e node.Event) {
			if _, joined := e.(swim.Joined); joined {
				if err := n.Close(); err != nil {
					t.Error(err)
				}
			}
		})
		n.AddListener(after.listen, node.Is[swim.Joined])
		n.Bootstrap(t.Context())
		<-n.Done()
		if len(after.list()) != 1 {
			t.Errorf("another listener got %v", after.list())
		}
		n.AddListener(after.listen)() // too late, and no harm
	})
}
