package admin

import (
	"testing"
	"time"
)

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
