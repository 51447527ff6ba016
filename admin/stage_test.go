package admin

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// newTestCrawler returns a Crawler that resolves no names unless o says how.
func newTestCrawler(t *testing.T, c *Client, o CrawlOptions) *Crawler {
	t.Helper()
	if o.Resolve == nil {
		o.Resolve = func(_ context.Context, host string) ([]netip.Addr, error) {
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}
	}
	crawler := NewCrawler(c, o)
	t.Cleanup(crawler.Close)
	return crawler
}

// stage is a cluster in memory in a bubble, where time passes only while all
// goroutines wait, and a Crawler that gives each call two seconds.
type stage struct {
	*fakeCluster
	crawler *Crawler
}

func inBubble(t *testing.T, o CrawlOptions, test func(*testing.T, *stage)) {
	synctest.Test(t, func(t *testing.T) {
		fake := &fakeCluster{nodes: map[string]fakeNode{}}
		test(t, &stage{fake, newTestCrawler(t, NewClient(fake, 2*time.Second), o)})
	})
}

// look looks once and returns what came of it, and how long it took.
func (s *stage) look(t *testing.T, first ...string) (*Cluster, time.Duration) {
	t.Helper()
	var addresses []wire.Address
	for _, a := range first {
		addresses = append(addresses, wire.Address(a))
	}
	begin := time.Now()
	cluster, err := s.crawler.Crawl(t.Context(), addresses, nil)
	if err != nil {
		t.Fatal(err)
	}
	return cluster, time.Since(begin)
}

// set makes nodes answer in some way.
func (s *stage) set(node fakeNode, addresses ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range addresses {
		s.nodes[a] = node
	}
}

// made returns how many calls were made, and how many at a time.
func (s *stage) made() (calls, peak int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls), s.peak
}

// callsOf counts the calls to a node.
func (s *stage) callsOf(address string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(s.calls), func(call string) bool {
		return !strings.Contains(call, " "+address+" ")
	}))
}

// some returns the addresses of the nodes from begin to end of a large cluster.
func some(begin, end int) []string {
	var addresses []string
	for i := range end - begin {
		addresses = append(addresses, at(begin+i))
	}
	return addresses
}

// members returns a list for sees, of members that have one status.
func members(status string, addresses ...string) []string {
	var list []string
	for _, a := range addresses {
		list = append(list, a, status)
	}
	return list
}

// after returns a node that answers as another does, after a while.
func after(d time.Duration, node fakeNode) fakeNode {
	return func(ctx context.Context, endpoint string, body []byte) ([]byte, error) {
		select {
		case <-time.After(d):
			return node(ctx, endpoint, body)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func answered(c *Cluster) int { return len(c.Nodes) - len(c.Failed()) }

// checkFailed checks how many nodes failed, all of them with an error.
func checkFailed(t *testing.T, c *Cluster, count int, want error) {
	t.Helper()
	failed := c.Failed()
	if len(failed) != count {
		t.Errorf("%d nodes failed, not %d", len(failed), count)
	}
	for _, n := range failed {
		if !errors.Is(n.Err, want) {
			t.Errorf("%s failed: %v", n.Address, n.Err)
			return
		}
	}
}
