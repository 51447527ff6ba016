package admin

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ringmend/ringmend/node/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errRefused = errors.New("connection refused")

// fakeCluster is a Caller that answers for nodes in memory.
type fakeCluster struct {
	mu    sync.Mutex
	nodes map[string]fakeNode
	calls []string // "endpoint address body" in order
	busy  int
	peak  int // the largest number of calls at a time
}

// fakeNode answers a call to an endpoint.
type fakeNode func(ctx context.Context, endpoint string, body []byte) ([]byte, error)

func (f *fakeCluster) Call(ctx context.Context, address, endpoint string, body []byte) ([]byte, error) {
	f.mu.Lock()
	f.calls = append(f.calls, endpoint+" "+address+" "+string(body))
	f.busy++
	f.peak = max(f.peak, f.busy)
	node := f.nodes[address]
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.busy--
		f.mu.Unlock()
	}()
	if node == nil {
		return nil, errRefused
	}
	return node(ctx, endpoint, body)
}

func (f *fakeCluster) client() *Client { return NewClient(f, 10*time.Second) }

// answers returns a node that answers everything with a body.
func answers(body string) fakeNode {
	return func(context.Context, string, []byte) ([]byte, error) { return []byte(body), nil }
}

// hangs is a node that never answers.
func hangs(ctx context.Context, _ string, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// sees returns a node with a membership, given as addresses and statuses in
// turns, and the checksum of that.
func sees(checksum uint32, addressesAndStatuses ...string) fakeNode {
	s := wire.Stats{Membership: wire.MembershipStats{Checksum: checksum, Members: []wire.Member{}}}
	for i := 0; i < len(addressesAndStatuses); i += 2 {
		status, err := wire.ParseStatus(addressesAndStatuses[i+1])
		if err != nil {
			panic(err)
		}
		s.Membership.Members = append(s.Membership.Members, wire.Member{
			Address: wire.Address(addressesAndStatuses[i]), Status: status, Incarnation: 1,
		})
	}
	body, err := wire.Marshal(&s)
	if err != nil {
		panic(err)
	}
	return answers(string(body))
}

// at returns the address of the n-th node of a large cluster.
func at(n int) string { return fmt.Sprintf("10.0.%d.%d:3000", n/250, n%250+1) }
