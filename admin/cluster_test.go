package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/wire"
)

// outcome is a cluster as a string: each node with its checksum or "failed".
func outcome(c *Cluster) string {
	var all []string
	for _, n := range c.Nodes {
		if n.Err != nil {
			all = append(all, string(n.Address)+" failed")
		} else {
			all = append(all, fmt.Sprintf("%s %d", n.Address, n.Stats.Membership.Checksum))
		}
	}
	return strings.Join(all, ", ")
}

func mustCrawl(t *testing.T, c *Client, first ...wire.Address) *Cluster {
	t.Helper()
	cluster, err := newTestCrawler(t, c, CrawlOptions{Concurrency: 4}).Crawl(t.Context(), first, nil)
	if err != nil {
		t.Fatal(err)
	}
	return cluster
}

func TestCrawl(t *testing.T) {
	tests := []struct {
		name  string
		nodes map[string]fakeNode
		first []wire.Address
		want  string
	}{
		{
			name:  "no node answers",
			first: []wire.Address{"a:1"},
			want:  "a:1 failed",
		},
		{
			name: "members of members are found, in a cycle",
			nodes: map[string]fakeNode{
				"a:1": sees(1, "a:1", "alive", "b:1", "alive"),
				"b:1": sees(2, "b:1", "alive", "c:1", "alive"),
				"c:1": sees(3, "c:1", "alive", "a:1", "alive"),
			},
			first: []wire.Address{"a:1"},
			want:  "a:1 1, b:1 2, c:1 3",
		},
		{
			name: "members that are down for some are asked too",
			nodes: map[string]fakeNode{
				"a:1": sees(1, "a:1", "alive", "b:1", "faulty", "c:1", "leave", "d:1", "tombstone", "e:1", "suspect"),
				"b:1": sees(2, "b:1", "alive"),
				"c:1": sees(3, "c:1", "leave"),
				"d:1": sees(4, "d:1", "alive"),
			},
			first: []wire.Address{"a:1"},
			want:  "a:1 1, b:1 2, c:1 3, d:1 4, e:1 failed",
		},
		{
			name: "two clusters, one node of each given",
			nodes: map[string]fakeNode{
				"a:1": sees(1, "a:1", "alive", "b:1", "alive"),
				"b:1": sees(1, "a:1", "alive", "b:1", "alive"),
				"c:1": sees(2, "c:1", "alive", "d:1", "alive"),
				"d:1": sees(2, "c:1", "alive", "d:1", "alive"),
			},
			first: []wire.Address{"c:1", "a:1"},
			want:  "a:1 1, b:1 1, c:1 2, d:1 2",
		},
		{
			name: "bad answers hide no others",
			nodes: map[string]fakeNode{
				"a:1": sees(1, "a:1", "alive", "b:1", "alive", "c:1", "alive", "d:1", "alive"),
				"b:1": answers(`{"membership":{"members":[{"address":"x"}]}}`),
				"c:1": answers(`{"membership":{"checksum":1,"members":` + manyMembers(40_000) + `}}`),
				"d:1": sees(1, "a:1", "alive"),
			},
			first: []wire.Address{"a:1"},
			want:  "a:1 1, b:1 failed, c:1 failed, d:1 1",
		},
		{
			name: "the first one fails, the second one knows",
			nodes: map[string]fakeNode{
				"b:1": sees(1, "a:1", "faulty", "b:1", "alive"),
			},
			first: []wire.Address{"a:1", "b:1", "a:1"},
			want:  "a:1 failed, b:1 1",
		},
		{
			name: "a node that is not a member of anything yet",
			nodes: map[string]fakeNode{
				"a:1": sees(0),
			},
			first: []wire.Address{"a:1"},
			want:  "a:1 0",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fake := &fakeCluster{nodes: test.nodes}
			cluster := mustCrawl(t, fake.client(), test.first...)
			if diff := cmp.Diff(test.want, outcome(cluster)); diff != "" {
				t.Error(diff)
			}
			if len(fake.calls) != len(cluster.Nodes) {
				t.Errorf("%d calls for %d nodes", len(fake.calls), len(cluster.Nodes))
			}
		})
	}
}

func TestCrawlDoesNotWaitForASlowNodeForEver(t *testing.T) {
	fake := &fakeCluster{nodes: map[string]fakeNode{
		"a:1": sees(1, "a:1", "alive", "b:1", "alive", "c:1", "alive"),
		"b:1": hangs,
		"c:1": sees(1, "a:1", "alive"),
	}}
	cluster := mustCrawl(t, NewClient(fake, 20*time.Millisecond), "a:1")
	if got, want := outcome(cluster), "a:1 1, b:1 failed, c:1 1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if failed := cluster.Failed(); len(failed) != 1 || !errors.Is(failed[0].Err, ErrTimeout) {
		t.Errorf("failed: %v", failed)
	}
}

func TestCrawlEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	fake := &fakeCluster{nodes: map[string]fakeNode{
		"a:1": sees(1, "a:1", "alive", "b:1", "alive", "c:1", "alive"),
		"b:1": hangs,
		"c:1": func(context.Context, string, []byte) ([]byte, error) { cancel(); return nil, errRefused },
	}}
	crawler := newTestCrawler(t, fake.client(), CrawlOptions{})
	if cluster, err := crawler.Crawl(ctx, []wire.Address{"a:1"}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", cluster, err)
	}
}

func TestCrawlAsksSoManyAtATime(t *testing.T) {
	// In the bubble, no call ends before all that may begin have begun.
	synctest.Test(t, func(t *testing.T) {
		const size, limit = 50, 7
		var all []string
		for i := range size {
			all = append(all, at(i), "alive")
		}
		view := sees(1, all...)
		fake := &fakeCluster{nodes: map[string]fakeNode{}}
		for i := range size {
			fake.nodes[at(i)] = func(ctx context.Context, endpoint string, body []byte) ([]byte, error) {
				time.Sleep(time.Second)
				return view(ctx, endpoint, body)
			}
		}
		cluster, err := Crawl(t.Context(), fake.client(), []wire.Address{wire.Address(at(0))}, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(cluster.Nodes) != size || len(cluster.Failed()) != 0 {
			t.Errorf("%d of %d nodes, %d failed", len(cluster.Nodes), size, len(cluster.Failed()))
		}
		if fake.peak != limit {
			t.Errorf("%d calls at a time, want %d", fake.peak, limit)
		}
	})
}

// A node that invents new members with every answer is asked about those, and
// the crawl still ends.
func TestCrawlEndsWhenANodeInventsMembers(t *testing.T) {
	most := []string{"1.0.0.1:1", "alive", "1.0.0.2:1", "alive"}
	for i := range MaxNodes - 2 {
		most = append(most, at(i), "faulty")
	}
	var invented []string
	for i := range 100 {
		invented = append(invented, at(MaxNodes+i), "alive")
	}
	fake := &fakeCluster{nodes: map[string]fakeNode{
		"1.0.0.1:1": sees(1, most...),
		"1.0.0.2:1": sees(2, invented...),
	}}
	cluster := mustCrawl(t, fake.client(), "1.0.0.1:1")
	if len(cluster.Nodes) != MaxNodes || cluster.Skipped != 100 {
		t.Errorf("%d nodes, %d skipped, want %d and 100", len(cluster.Nodes), cluster.Skipped, MaxNodes)
	}
	if slices.IndexFunc(cluster.Nodes, func(n Node) bool { return n.Address == "1.0.0.2:1" }) < 0 {
		t.Error("a member that was named first was not asked")
	}
}

func TestCrawlKeepsEqualMembershipsOnce(t *testing.T) {
	view := []string{"a:1", "alive", "b:1", "alive", "c:1", "faulty"}
	fake := &fakeCluster{nodes: map[string]fakeNode{
		"a:1": sees(1, view...),
		"b:1": sees(1, view...),
		"c:1": sees(1, "a:1", "alive", "c:1", "alive"), // a liar: same checksum, other members
	}}
	// One at a time, to make a and b answer in order.
	cluster, err := newTestCrawler(t, fake.client(), CrawlOptions{Concurrency: 1}).Crawl(t.Context(), []wire.Address{"a:1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	nodes := cluster.Nodes
	a, b, c := nodes[0].Stats.Membership.Members, nodes[1].Stats.Membership.Members, nodes[2].Stats.Membership.Members
	if &a[0] != &b[0] {
		t.Error("equal memberships are kept twice")
	}
	if len(c) != 2 {
		t.Errorf("the membership of c was replaced by %v", c)
	}
}

// Whatever knows whatever, a crawl asks exactly the nodes that can be reached by
// following lists from the first ones, each once, and returns them in order.
func TestCrawlReachesWhatCanBeReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 12).Draw(t, "size")
		fake := &fakeCluster{nodes: map[string]fakeNode{}}
		lists := make([][]int, size)
		for i := range size {
			if rapid.IntRange(0, 4).Draw(t, "down") == 0 {
				continue
			}
			lists[i] = rapid.SliceOfNDistinct(rapid.IntRange(0, size-1), 0, 3, rapid.ID[int]).Draw(t, "list")
			members := []string{at(i), "alive"}
			for _, j := range lists[i] {
				if j != i {
					members = append(members, at(j), "alive")
				}
			}
			fake.nodes[at(i)] = sees(uint32(i), members...)
		}
		reached := map[int]bool{}
		var follow func(i int)
		follow = func(i int) {
			if !reached[i] {
				reached[i] = true
				for _, j := range lists[i] {
					follow(j)
				}
			}
		}
		follow(0)
		var want []string
		for i := range size { // at counts up
			if reached[i] {
				want = append(want, at(i))
			}
		}

		cluster, err := Crawl(context.Background(), fake.client(), []wire.Address{wire.Address(at(0))}, 3)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, n := range cluster.Nodes {
			got = append(got, string(n.Address))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// BenchmarkCrawl is a look at a cluster of 1,000 that agrees, without a network:
// mostly the decoding of 1,000 lists of 1,000 members.
func BenchmarkCrawl(b *testing.B) {
	const size = 1000
	var all []string
	for i := range size {
		all = append(all, at(i), "alive")
	}
	view := sees(1, all...)
	fake := &fakeCluster{nodes: map[string]fakeNode{}}
	for i := range size {
		fake.nodes[at(i)] = view
	}
	b.ReportAllocs()
	for b.Loop() {
		fake.calls = fake.calls[:0]
		cluster, err := Crawl(b.Context(), fake.client(), []wire.Address{wire.Address(at(0))}, DefaultConcurrency)
		if err != nil || len(cluster.Nodes) != size {
			b.Fatal(len(cluster.Nodes), err)
		}
	}
}
