package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

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
func TestMoreAreAskedOnlyWhenNoNodeAnswers(t *testing.T) {
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
