package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

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

// Members that swallow packets are asked aside when all hold them down: all of
// them are asked, and the look ends when no answer of another side of a split can
// be expected any more.
func TestTheDeadDelayALookForAMoment(t *testing.T) {
	for _, dead := range []int{1, 200, 1000} {
		t.Run(fmt.Sprint(dead), func(t *testing.T) {
			inBubble(t, CrawlOptions{}, func(t *testing.T, s *stage) {
				living, silent := some(0, 5), some(5, 5+dead)
				s.set(after(time.Millisecond, sees(1, append(members("alive", living...), members("faulty", silent...)...)...)), living...)
				s.set(hangs, silent...)
				cluster, took := s.look(t, living[0])
				if answered(cluster) != 5 || took > time.Millisecond+minGrace {
					t.Errorf("%d answered in %v", answered(cluster), took)
				}
				checkFailed(t, cluster, dead, ErrTimeout)
				if calls, _ := s.made(); calls != 5+dead {
					t.Errorf("%d calls", calls)
				}
				_, took = s.look(t, living[0])
				if took != time.Millisecond {
					t.Errorf("the second look took %v", took)
				}
			})
		})
	}
}

// The dead that refuse at once are no reason to wait.
func TestTheDeadThatRefuseDelayNothing(t *testing.T) {
	inBubble(t, CrawlOptions{}, func(t *testing.T, s *stage) {
		s.set(sees(1, append(members("alive", at(0)), members("faulty", some(1, 300)...)...)...), at(0))
		if cluster, took := s.look(t, at(0)); took != 0 || len(cluster.Failed()) != 299 {
			t.Errorf("%d failed in %v", len(cluster.Failed()), took)
		}
	})
}

// A split is found among any number of dead members: the first answer from the other
// side leads to the rest of that side, and the crawler waits for them.
func TestTheOtherSideIsFoundAmongTheDead(t *testing.T) {
	inBubble(t, CrawlOptions{}, func(t *testing.T, s *stage) {
		one, dead, two := some(0, 5), some(5, 1000), some(1000, 1005)
		down := members("faulty", dead...)
		s.set(sees(1, slices.Concat(members("alive", one...), down, members("faulty", two...))...), one...)
		s.set(sees(2, slices.Concat(members("faulty", one...), down, members("alive", two...))...), two[0])
		s.set(after(time.Second, sees(2, slices.Concat(members("faulty", one...), down, members("alive", two...))...)), two[1:]...)
		s.set(hangs, dead...)
		cluster, took := s.look(t, one[0])
		if v := VerdictOf(cluster); len(v.Sides) != 2 || len(v.Up) != 10 {
			t.Errorf("sides %s, %d up", inWords(v.Sides), len(v.Up))
		}
		if took > 2*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// A side that answers too late for one look is waited for in the next.
func TestASlowSideIsFoundByTheNextLook(t *testing.T) {
	inBubble(t, CrawlOptions{}, func(t *testing.T, s *stage) {
		one, two := some(0, 3), some(3, 6)
		s.set(sees(1, append(members("alive", one...), members("faulty", two...)...)...), one...)
		s.set(after(800*time.Millisecond, sees(2, append(members("faulty", one...), members("alive", two...)...)...)), two...)
		if cluster, took := s.look(t, one[0]); answered(cluster) != 3 || took != minGrace {
			t.Errorf("%d answered in %v", answered(cluster), took)
		}
		time.Sleep(time.Second)
		if cluster, took := s.look(t, one[0]); answered(cluster) != 6 || took != 800*time.Millisecond {
			t.Errorf("%d answered in %v", answered(cluster), took)
		}
	})
}

// Members that are held up are waited for, but all at a time.
func TestTheSilentAreWaitedForTogether(t *testing.T) {
	for _, status := range []string{"alive", "suspect"} {
		inBubble(t, CrawlOptions{}, func(t *testing.T, s *stage) {
			living, silent := some(0, 5), some(5, 1005)
			s.set(sees(1, append(members(status, silent...), members("alive", living...)...)...), living...)
			s.set(hangs, silent...)
			cluster, took := s.look(t, living[0])
			if answered(cluster) != 5 || took > 2*time.Second+5*minPatience {
				t.Errorf("%d answered in %v", answered(cluster), took)
			}
			checkFailed(t, cluster, 1000, ErrTimeout)
		})
	}
}

// Of a thousand nodes that were named, the one that answers is found, wherever it
// stands.
func TestTheSilentOfAHostsFileDoNotHideTheOthers(t *testing.T) {
	inBubble(t, CrawlOptions{}, func(t *testing.T, s *stage) {
		named := some(0, 1000)
		last := named[len(named)-1]
		s.set(hangs, named...)
		s.set(sees(1, last, "alive"), last)
		cluster, took := s.look(t, named...)
		if answered(cluster) != 1 || took > 2*time.Second+5*minPatience {
			t.Errorf("%d answered in %v", answered(cluster), took)
		}
	})
}

// The crawl keeps to its concurrency limit as long as any node answers.
func TestMoreAreAskedOnlyWhenNobodyAnswers(t *testing.T) {
	inBubble(t, CrawlOptions{Concurrency: 8}, func(t *testing.T, s *stage) {
		all := some(0, 200)
		view := sees(1, members("alive", all...)...)
		s.set(after(300*time.Millisecond, view), all...)
		cluster, _ := s.look(t, all[0])
		if _, peak := s.made(); answered(cluster) != 200 || peak != 8 {
			t.Errorf("%d answered, %d were asked at a time", answered(cluster), peak)
		}
	})
}

func TestCallsAreBounded(t *testing.T) {
	inBubble(t, CrawlOptions{MaxConcurrency: 100}, func(t *testing.T, s *stage) {
		silent := some(1, 1000)
		s.set(sees(1, append(members("alive", at(0)), members("faulty", silent...)...)...), at(0))
		s.set(hangs, silent...)
		cluster, took := s.look(t, at(0))
		if _, peak := s.made(); peak != 100 || took != minGrace {
			t.Errorf("%d calls at a time, took %v", peak, took)
		}
		unasked := 0
		for _, n := range cluster.Failed() {
			if errors.Is(n.Err, ErrNotAsked) {
				unasked++
			}
		}
		if unasked != 999-100 {
			t.Errorf("%d were not asked", unasked)
		}
		// Whom the first look did not get to, the next ones ask.
		for range 200 {
			time.Sleep(2 * time.Second)
			cluster, _ = s.look(t, at(0))
		}
		checkFailed(t, cluster, 999, ErrTimeout)
	})
}

// A node that hangs delays the first look and no other. Its last answer is kept,
// it is asked by one call at a time, and is back as soon as it answers.
func TestAHungNodeDelaysOneLook(t *testing.T) {
	inBubble(t, CrawlOptions{}, func(t *testing.T, s *stage) {
		all := some(0, 5)
		view := sees(1, members("alive", all...)...)
		s.set(view, all...)
		hung := all[3]
		if cluster, took := s.look(t, all[0]); answered(cluster) != 5 || took != 0 {
			t.Fatalf("%d answered in %v", answered(cluster), took)
		}
		lastAnswer := time.Now()
		s.set(hangs, hung)
		if cluster, took := s.look(t, all[0]); answered(cluster) != 4 || took != 2*time.Second {
			t.Fatalf("%d answered in %v", answered(cluster), took)
		}
		calls := s.callsOf(hung)
		for range 20 {
			time.Sleep(500 * time.Millisecond)
			cluster, took := s.look(t, all[0])
			if answered(cluster) != 4 || took != 0 {
				t.Fatalf("%d answered in %v", answered(cluster), took)
			}
			checkFailed(t, cluster, 1, ErrTimeout)
			n := cluster.Failed()[0]
			if string(n.Address) != hung || n.Last == nil || !n.LastAt.Equal(lastAnswer) {
				t.Fatalf("%s failed and last answered at %v", n.Address, n.LastAt)
			}
		}
		if calls = s.callsOf(hung) - calls; calls < 4 || calls > 6 {
			t.Errorf("%d calls of 2 s in 10 s", calls)
		}
		s.set(view, hung)
		looks := 0
		for cluster := (*Cluster)(nil); cluster == nil || answered(cluster) < 5; looks++ {
			time.Sleep(500 * time.Millisecond)
			cluster, _ = s.look(t, all[0])
		}
		if looks > 6 { // what was outstanding ends, the next call is answered
			t.Errorf("back after %d looks", looks)
		}
	})
}

// When a whole cluster hangs there is no other to judge by, and it is waited for.
func TestAHungClusterIsWaitedFor(t *testing.T) {
	inBubble(t, CrawlOptions{}, func(t *testing.T, s *stage) {
		all := some(0, 5)
		s.set(sees(1, members("alive", all...)...), all...)
		s.look(t, all[0])
		s.set(hangs, all...)
		for range 3 {
			if cluster, took := s.look(t, all[0]); answered(cluster) != 0 || took != 2*time.Second {
				t.Fatalf("%d answered in %v", answered(cluster), took)
			}
		}
		s.set(after(time.Second, sees(1, members("alive", all...)...)), all...)
		if cluster, took := s.look(t, all[0]); answered(cluster) == 0 || took > 2*time.Second {
			t.Errorf("%d answered in %v", answered(cluster), took)
		}
	})
}

// Nodes that hung are asked again even if one call may be outstanding at a time.
func TestOneCallAtATimeIsEnough(t *testing.T) {
	inBubble(t, CrawlOptions{MaxConcurrency: 1}, func(t *testing.T, s *stage) {
		s.set(hangs, at(0))
		s.look(t, at(0))
		s.set(sees(1, at(0), "alive"), at(0))
		if cluster, took := s.look(t, at(0)); answered(cluster) != 1 || took > 2*time.Second {
			t.Errorf("%d answered in %v", answered(cluster), took)
		}
	})
}

// A look begins with those that were listed in the last one.
func TestAMemberThatWasListedStandsInForTheNamedOne(t *testing.T) {
	inBubble(t, CrawlOptions{}, func(t *testing.T, s *stage) {
		all := some(0, 3)
		s.set(sees(1, members("alive", all...)...), all...)
		s.look(t, all[0])
		s.set(nil, all[0])
		s.set(sees(2, all[0], "faulty", all[1], "alive", all[2], "alive"), all[1:]...)
		cluster, _ := s.look(t, all[0])
		if got, want := outcome(cluster), all[0]+" failed, "+all[1]+" 2, "+all[2]+" 2"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		// Once the cluster has forgotten it, so has the Crawler, unless it is named.
		s.set(sees(3, all[1], "alive", all[2], "alive"), all[1:]...)
		if cluster, _ := s.look(t, all[1]); len(cluster.Nodes) != 3 {
			t.Errorf("got %s", outcome(cluster))
		}
		if cluster, _ := s.look(t, all[1]); len(cluster.Nodes) != 2 {
			t.Errorf("got %s", outcome(cluster))
		}
	})
}

// A look ends in time however slow the answers are, and names the members that it did
// not reach.
func TestALookIsBounded(t *testing.T) {
	inBubble(t, CrawlOptions{Within: 10 * time.Second}, func(t *testing.T, s *stage) {
		chain := some(0, 100)
		for i, a := range chain[:99] {
			s.set(after(1900*time.Millisecond, sees(uint32(i), a, "alive", chain[i+1], "alive")), a)
		}
		cluster, took := s.look(t, chain[0])
		if answered(cluster) != 5 || len(cluster.Nodes) != 6 || took != 10*time.Second || !cluster.Cut {
			t.Errorf("%d of %d answered in %v", answered(cluster), len(cluster.Nodes), took)
		}
		checkFailed(t, cluster, 1, ErrTimeout)
	})
}

// By its deadline a look ends with what there is.
func TestALookEndsByItsDeadline(t *testing.T) {
	inBubble(t, CrawlOptions{}, func(t *testing.T, s *stage) {
		s.set(sees(1, at(0), "alive", at(1), "faulty"), at(0))
		s.set(after(minGrace/2, sees(2, at(0), "faulty", at(1), "alive")), at(1))
		ctx, cancel := context.WithTimeout(t.Context(), minGrace/4)
		defer cancel()
		cluster, err := s.crawler.Crawl(ctx, []wire.Address{wire.Address(at(0))}, nil)
		if err != nil || answered(cluster) != 1 || !cluster.Cut {
			t.Fatalf("%v, %+v", err, cluster)
		}
		// The other side of a split had no time to answer.
		if err := Converged(cluster, 0); err == nil || !strings.Contains(err.Error(), "cut short") {
			t.Errorf("converged: %v", err)
		}
	})
}

// names maps host names to addresses.
type hostNames map[string][]string

func (h hostNames) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	addresses, known := h[host]
	if !known {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if addresses == nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	var ips []netip.Addr
	for _, a := range addresses {
		ips = append(ips, netip.MustParseAddr(a))
	}
	return ips, nil
}

func TestNamesStandForAllTheirAddresses(t *testing.T) {
	hosts := hostNames{
		"localhost": {"::1", "127.0.0.1"},
		"all":       {"10.0.0.1", "10.0.0.2", "10.0.0.3"},
		"proxy":     {"192.0.2.1"},
		"gone":      {"192.0.2.9", "192.0.2.8"},
		"slow":      nil,
	}
	local := sees(1, "127.0.0.1:3000", "alive", "127.0.0.1:3001", "alive")
	pair := sees(1, "10.0.0.1:3000", "alive", "10.0.0.2:3000", "alive")
	named := sees(4, "node-1:3000", "alive", "node-2:3000", "alive")
	tests := []struct {
		name  string
		nodes map[string]fakeNode
		first []string
		want  string
	}{
		{"a node is known by its own address", map[string]fakeNode{
			"localhost:3000": local, "127.0.0.1:3000": local, "127.0.0.1:3001": local,
		}, []string{"localhost:3000"}, "127.0.0.1:3000 1, 127.0.0.1:3001 1"},
		{"a node is named twice", map[string]fakeNode{
			"localhost:3000": local, "127.0.0.1:3000": local, "127.0.0.1:3001": local,
		}, []string{"localhost:3000", "127.0.0.1:3000", "localhost:3001"}, "127.0.0.1:3000 1, 127.0.0.1:3001 1"},
		{"all nodes of a name are asked", map[string]fakeNode{
			"all:3000": pair, "10.0.0.1:3000": pair, "10.0.0.2:3000": pair, "10.0.0.3:3000": sees(2, "10.0.0.3:3000", "alive"),
		}, []string{"all:3000"}, "10.0.0.1:3000 1, 10.0.0.2:3000 1, 10.0.0.3:3000 2"},
		{"the first address of a name is dead", map[string]fakeNode{
			"10.0.0.1:3000": hangs, "10.0.0.2:3000": sees(2, "10.0.0.2:3000", "alive"),
		}, []string{"all:3000"}, "10.0.0.2:3000 2"},
		{"nobody is at a name", nil, []string{"gone:3000"}, "gone:3000 failed"},
		{"a name is not known", nil, []string{"nosuch:3000"}, "nosuch:3000 failed"},
		{"a name is not known, and an address leads to the cluster", map[string]fakeNode{
			"127.0.0.1:3000": local, "127.0.0.1:3001": local,
		}, []string{"nosuch:3000", "127.0.0.1:3001"}, "127.0.0.1:3000 1, 127.0.0.1:3001 1, nosuch:3000 failed"},
		{"a name takes too long to resolve", map[string]fakeNode{
			"127.0.0.1:3000": local, "127.0.0.1:3001": local,
		}, []string{"slow:3000", "127.0.0.1:3001"}, "127.0.0.1:3000 1, 127.0.0.1:3001 1, slow:3000 failed"},
		{"members are known by names", map[string]fakeNode{
			"node-1:3000": named, "node-2:3000": named,
		}, []string{"node-1:3000"}, "node-1:3000 4, node-2:3000 4"},
		{"a node answers by way of a proxy", map[string]fakeNode{
			"proxy:80": pair, "192.0.2.1:80": pair, "10.0.0.1:3000": pair, "10.0.0.2:3000": pair,
		}, []string{"proxy:80"}, "10.0.0.1:3000 1, 10.0.0.2:3000 1"},
		{"only the proxy answers", map[string]fakeNode{
			"192.0.2.1:80": pair,
		}, []string{"192.0.2.1:80"}, "10.0.0.1:3000 failed, 10.0.0.2:3000 failed, 192.0.2.1:80 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, CrawlOptions{Resolve: hosts.resolve}, func(t *testing.T, s *stage) {
				s.nodes = test.nodes
				for _, nth := range []string{"first", "second"} {
					cluster, took := s.look(t, test.first...)
					if diff := cmp.Diff(test.want, outcome(cluster)); diff != "" {
						t.Errorf("%s look: %s", nth, diff)
					}
					if took > 2*time.Second {
						t.Errorf("%s look: took %v", nth, took)
					}
				}
			})
		})
	}
}
