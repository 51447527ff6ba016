package admin

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

func refuses(context.Context, string, []byte) ([]byte, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

func garbles(context.Context, string, []byte) ([]byte, error) {
	return nil, errors.New("bad frame")
}

func unwilling(context.Context, string, []byte) ([]byte, error) {
	return nil, &tchan.RemoteError{Message: "no such endpoint"}
}

func TestReachFindsWhoAnswers(t *testing.T) {
	silent := some(0, 1000)
	tests := []struct {
		name   string
		nodes  map[string]fakeNode // that are not silent
		tried  []string
		want   string
		within time.Duration
		calls  int
	}{
		{"the first one", map[string]fakeNode{"1.0.0.1:1": answers("ok"), "1.0.0.2:1": answers("ok")},
			[]string{"1.0.0.1:1", "1.0.0.2:1"}, "1.0.0.1:1", 0, 1},
		{"the first one refuses connections", map[string]fakeNode{"1.0.0.1:1": refuses, "1.0.0.2:1": answers("ok")},
			[]string{"1.0.0.1:1", "1.0.0.2:1"}, "1.0.0.2:1", 0, 2},
		{"the first one is no node", map[string]fakeNode{"1.0.0.1:1": garbles, "1.0.0.2:1": answers("ok")},
			[]string{"1.0.0.1:1", "1.0.0.2:1"}, "1.0.0.2:1", 0, 2},
		{"one that does not know the question is there", map[string]fakeNode{"1.0.0.1:1": unwilling},
			[]string{"1.0.0.1:1"}, "1.0.0.1:1", 0, 1},
		{"the last of a thousand that are silent", map[string]fakeNode{silent[999]: answers("ok")},
			silent, silent[999], time.Second, 1000},
		{"no node", map[string]fakeNode{"1.0.0.1:1": refuses}, []string{"1.0.0.1:1", silent[0]}, "", 2 * time.Second, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := &fakeCluster{nodes: map[string]fakeNode{}}
				var nodes []wire.Address
				for _, a := range test.tried {
					fake.nodes[a] = hangs
					nodes = append(nodes, wire.Address(a))
				}
				for a, node := range test.nodes {
					fake.nodes[a] = node
				}
				begin := time.Now()
				got, failed, err := Reach(t.Context(), NewClient(fake, 2*time.Second), nodes)
				if string(got) != test.want || err != nil || (got == "") != (len(failed) == len(nodes)) {
					t.Errorf("got %q, %d failed, %v", got, len(failed), err)
				}
				took := time.Since(begin)
				synctest.Wait() // for calls that have just been made
				if took > test.within || len(fake.calls) != test.calls {
					t.Errorf("took %v, %d calls", took, len(fake.calls))
				}
			})
		})
	}
}

func TestReachEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		fake := &fakeCluster{nodes: map[string]fakeNode{"1.0.0.1:1": hangs}}
		if got, _, err := Reach(ctx, NewClient(fake, 2*time.Second), []wire.Address{"1.0.0.1:1"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %q, %v", got, err)
		}
	})
}
