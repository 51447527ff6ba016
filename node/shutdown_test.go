package node_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/wire"
)

func TestEvictHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := memCluster(t, 2, nil)
		var before, after atomic.Int32
		hook := node.EvictHook{
			Name: "queue",
			Before: func(context.Context) {
				if count(nodes[0], wire.Faulty) != 0 {
					t.Error("evicted before the hook")
				}
				before.Add(1)
			},
			After: func(context.Context) {
				if count(nodes[0], wire.Faulty) != 1 {
					t.Error("not evicted after it")
				}
				after.Add(1)
			},
		}
		if err := nodes[0].AddEvictHook(hook); err != nil {
			t.Fatal(err)
		}
		if err := nodes[0].AddEvictHook(hook); !errors.Is(err, node.ErrDuplicateHook) {
			t.Errorf("the same hook again: %v", err)
		}
		if err := nodes[0].AddEvictHook(node.EvictHook{Name: "nothing to do"}); err != nil {
			t.Error(err)
		}
		if err := nodes[0].SelfEvict(t.Context()); err != nil {
			t.Fatal(err)
		}
		if before.Load() != 1 || after.Load() != 1 {
			t.Errorf("hooks ran %d and %d times", before.Load(), after.Load())
		}
		if err := nodes[0].SelfEvict(t.Context()); !errors.Is(err, node.ErrEvicting) {
			t.Errorf("second eviction: %v", err)
		}
		if err := nodes[0].AddEvictHook(node.EvictHook{Name: "late"}); !errors.Is(err, node.ErrEvicting) {
			t.Errorf("late hook: %v", err)
		}
	})
}

// A hook that hangs does not keep a node in the cluster.
func TestHangingHookDoesNotHinderEviction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := memCluster(t, 2, nil)
		release := make(chan struct{})
		defer close(release)
		if err := nodes[0].AddEvictHook(node.EvictHook{Name: "hangs", Before: func(context.Context) { <-release }}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if err := nodes[0].SelfEvict(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("eviction: %v", err)
		}
		eventually(t, "the other one knows", 10*time.Second, func() bool { return count(nodes[1], wire.Faulty) == 1 })
	})
}

// When Shutdown returns no member has the node in its ring any more, and until then the
// node has answered: a request from any member finds an owner that is there.
func TestAfterShutdownNoMemberHasTheNode(t *testing.T) {
	for _, size := range []int{2, 3, 12, 40} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				nodes := memCluster(t, size, nil)
				leaver, others := nodes[0], nodes[1:]
				var steps []string
				err := leaver.AddEvictHook(node.EvictHook{
					Name:   "steps",
					Before: func(context.Context) { steps = append(steps, "before") },
					After: func(context.Context) {
						steps = append(steps, "after")
						for _, n := range others {
							if n.Ring().Has(leaver.Address()) {
								t.Errorf("%s still sends it requests when the hook says that none does", n.Address())
							}
						}
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				if err := leaver.Shutdown(ctx); err != nil {
					t.Error(err)
				}
				if got := fmt.Sprint(steps); got != "[before after]" {
					t.Errorf("hooks: %s", got)
				}
				if _, err := nodes[1].Lookup("key"); !err {
					t.Error("the others have no ring")
				}
				if err := leaver.Shutdown(ctx); !errors.Is(err, node.ErrEvicting) {
					t.Errorf("second shutdown: %v", err)
				}
			})
		})
	}
}

// Shutdown ends in time whatever hangs, and still says goodbye.
func TestShutdownInNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := memCluster(t, 3, nil)
		release := make(chan struct{})
		nodes[0].AddListener(func(node.Event) { <-release })
		if err := nodes[0].AddEvictHook(node.EvictHook{Name: "hangs", Before: func(context.Context) { <-release }}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if err := nodes[0].Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("shutdown: %v", err)
		}
		if took := time.Since(began); took > 1500*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		if count(nodes[1], wire.Faulty)+count(nodes[2], wire.Faulty) == 0 {
			t.Error("no node was told")
		}
		close(release)
		<-nodes[0].Done()
	})
}

// A node that never was a member has no others to tell.
func TestShutdownBeforeJoining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startIn(t, new(memnet.Network), discovery.Static{"10.0.0.9:1"}, nil)
		began := time.Now()
		if err := n.Shutdown(t.Context()); err != nil || time.Since(began) > 0 {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}
