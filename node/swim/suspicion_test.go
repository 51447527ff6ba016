package swim

import (
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
)

func TestSuspectPeriod(t *testing.T) {
	const longest, shortest = 5 * time.Second, time.Second
	for _, c := range []struct {
		accusers, count int
		want            time.Duration
	}{
		{0, 4, longest},
		{1, 4, longest},
		{2, 4, 3 * time.Second}, // half of the way: log 2 / log 4
		{4, 4, shortest},
		{9, 4, shortest},
		{2, 2, shortest}, // three nodes: the two others accuse
		{1, 1, longest},  // two nodes: the other one is no proof
		{1, 0, longest},
	} {
		if got := suspectPeriod(longest, shortest, c.accusers, c.count); got != c.want {
			t.Errorf("%d accusers of %d: %v, want %v", c.accusers, c.count, got, c.want)
		}
	}
	if got := suspectPeriod(time.Second, 2*time.Second, 4, 4); got != time.Second {
		t.Errorf("a shortest period above the longest: %v", got)
	}
	for count := 2; count <= maxAccusers; count++ {
		for accusers := 1; accusers < count; accusers++ {
			if more, less := suspectPeriod(longest, shortest, accusers, count), suspectPeriod(longest, shortest, accusers+1, count); less >= more {
				t.Errorf("%d accusers of %d: %v, and one more: %v", accusers, count, more, less)
			}
		}
	}
}

func TestAccusersAreCountedOnce(t *testing.T) {
	var s suspicions
	now := time.UnixMilli(epoch)
	for _, step := range []struct {
		by    table.MemberID
		added bool
	}{{7, true}, {7, false}, {8, true}, {9, true}, {10, false}} {
		if added := s.add(1, step.by, 3, now); added != step.added {
			t.Errorf("accuser %d: %v, want %v", step.by, added, step.added)
		}
	}
	s.end(1)
	if !s.add(1, 7, 3, now) {
		t.Error("a new suspicion has accusers already")
	}
	for m := range table.MemberID(2 * maxSuspicions) {
		s.add(m, 7, 3, now)
	}
	if len(s.list) != maxSuspicions {
		t.Errorf("%d suspicions are kept", len(s.list))
	}
}

func TestHelperFailuresAreForgotten(t *testing.T) {
	var s suspicions
	at := time.UnixMilli(epoch)
	s.helperFailed(helperFailure{"10.0.0.2:3000", 5, at})
	for name, has := range map[string]bool{
		"now":                 s.hasFailed("10.0.0.2:3000", 5, at),
		"a moment later":      s.hasFailed("10.0.0.2:3000", 5, at.Add(helperFailureKept)),
		"another incarnation": !s.hasFailed("10.0.0.2:3000", 6, at),
		"another target":      !s.hasFailed("10.0.0.3:3000", 5, at),
		"too late":            !s.hasFailed("10.0.0.2:3000", 5, at.Add(helperFailureKept+1)),
	} {
		if !has {
			t.Errorf("%s: wrong", name)
		}
	}
	for i := range 2 * maxSuspicions {
		s.helperFailed(helperFailure{"10.0.0.2:3000", int64(i), at})
	}
	if len(s.failures) != 1 {
		t.Errorf("%d failures of one target", len(s.failures))
	}
}

func TestLocalHealth(t *testing.T) {
	h := localHealth{max: 2}
	if h.improve(); h.scale(time.Second) != time.Second {
		t.Errorf("healthy: %v", h.scale(time.Second))
	}
	for range 5 {
		h.worsen()
	}
	if h.scale(time.Second) != 3*time.Second {
		t.Errorf("at worst: %v", h.scale(time.Second))
	}
	for range 5 {
		h.improve()
	}
	if h.scale(time.Second) != time.Second {
		t.Errorf("well again: %v", h.scale(time.Second))
	}
}
