package node_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
)

// The side that loses refuses, in the node's own API and to probes, and serves again without
// a restart. Its log says each thing once.
func TestTheSideThatLosesRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := resolverLab(t, 5, nil)
		epoch, err := accepting(l, 4)
		if err != nil || epoch != 0 {
			t.Fatalf("accept: %d, %v", epoch, err)
		}
		l.split(2, true)
		eventually(t, "the minority refuses", time.Minute, func() bool { return l.serve(2, 3, 4) })
		for i := range 2 {
			if _, err := l.nodes[i].Owner("a key"); !errors.Is(err, node.ErrFenced) {
				t.Errorf("owner on the minority: %v", err)
			}
			if _, err := l.nodes[i].Accept("a key"); !errors.Is(err, node.ErrFenced) {
				t.Errorf("accept on the minority: %v", err)
			}
			if err := l.health(i); err == nil || !strings.Contains(err.Error(), "fenced") {
				t.Errorf("health of the minority: %v", err)
			}
		}
		for i := 2; i < 5; i++ {
			eventually(t, "the majority has decided", time.Minute, func() bool { epoch, err := accepting(l, i); return err == nil && epoch == 1 })
		}
		if err := l.health(4); err != nil {
			t.Errorf("health of the majority: %v", err)
		}
		l.split(2, false)
		eventually(t, "all serve again", time.Minute, func() bool { return l.serve(0, 1, 2, 3, 4) })
		for text, count := range map[string]int{"has lost, and is fenced": 2, "this side is kept": 3} {
			if got := strings.Count(l.logs.String(), text); got != count {
				t.Errorf("%d lines of the log say %q, want %d\n%s", got, text, count, l.logs.String())
			}
		}
	})
}

// With a handover no key is accepted by two nodes, whatever each of them believes, and all are
// accepted by some in the end. Without one some are.
func TestGuardedOwnership(t *testing.T) {
	for _, guarded := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			l := resolverLab(t, 5, func(c *node.Config) {
				if guarded {
					c.Resolve.Handover = node.AutoHandover
				}
			})
			two := 0
			look := func() (accepted int) {
				for k := range 200 {
					by := 0
					for _, n := range l.nodes {
						if _, err := n.Accept(fmt.Sprint(k)); err == nil {
							by++
						}
					}
					if by > 1 {
						two++
					}
					accepted += min(by, 1)
				}
				return accepted
			}
			if got := look(); got != 200 {
				t.Errorf("%d of 200 keys are accepted at the beginning", got)
			}
			for _, cut := range []bool{true, false} {
				l.split(2, cut)
				for range 150 {
					time.Sleep(time.Second)
					look()
				}
				if got := look(); got != 200 {
					t.Errorf("cut %v: %d of 200 keys are accepted in the end", cut, got)
				}
			}
			if guarded != (two == 0) {
				t.Errorf("guarded %v: keys were accepted twice %d times", guarded, two)
			}
		})
	}
}

// There is no wait for an owner that has left voluntarily, nor when all have agreed.
func TestHandoverIsShortWhenNoMemberIsMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := resolverLab(t, 3, func(c *node.Config) { c.Resolve.Handover = node.AutoHandover })
		wait := func(what string, on ...*node.Node) {
			t.Helper()
			eventually(t, what, 5*time.Second, func() bool {
				for k := range 100 {
					if !slices.ContainsFunc(on, func(n *node.Node) bool { _, err := n.Accept(fmt.Sprint(k)); return err == nil }) {
						return false
					}
				}
				return true
			})
		}
		l.nodes[2].Leave()
		wait("two accept all keys after a leave", l.nodes[:2]...)
		l.nodes[2].Rejoin()
		wait("three do after a return", l.nodes...)
	})
}

// Without a resolver Owner is Lookup, and only others' keys are refused.
func TestOwnerWithoutAResolver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l resolvers
		l.t = t
		for i := range 2 {
			l.hosts.add(l.address(i))
		}
		for i := range 2 {
			l.nodes = append(l.nodes, l.start(i, func(c *node.Config) { c.Resolve = node.Resolve{} }))
		}
		bootstrap(t, l.nodes...)
		eventually(t, "both agree", time.Minute, func() bool { return agree(l.nodes, 2) })
		for k := range 100 {
			key := fmt.Sprint(k)
			want, _ := l.nodes[0].Lookup(key)
			if owner, err := l.nodes[0].Owner(key); err != nil || owner != want {
				t.Fatalf("owner of %s: %s, %v; want %s", key, owner, err, want)
			}
			if epoch, err := l.nodes[0].Accept(key); epoch != 0 || (err == nil) != (want == l.nodes[0].Address()) || err != nil && err != node.ErrNotOwner {
				t.Fatalf("accept %s of %s: %d, %v", key, want, epoch, err)
			}
		}
		l.nodes[0].Leave()
		l.nodes[1].Leave()
		eventually(t, "the ring is empty", time.Minute, func() bool { return l.nodes[0].Ring().Len() == 0 })
		if _, err := l.nodes[0].Owner("a key"); err != node.ErrNoOwner {
			t.Errorf("owner: %v", err)
		}
		if _, err := l.nodes[0].Accept("a key"); err != node.ErrNoOwner {
			t.Errorf("accept: %v", err)
		}
	})
}
