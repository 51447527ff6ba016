package memberlist

import (
	"slices"
	"testing"
	"time"
)

// knownAfter loses a member and returns when all others held it dead.
func knownAfter(t *testing.T, nodes int, seed uint64) time.Duration {
	t.Helper()
	const crash = 20 * time.Second
	c := New(nodes, seed, LAN())
	var last time.Duration
	know := 0
	c.Dead = func(_, member int) {
		if member != 0 {
			t.Errorf("seed %d: %d is held dead, and lives", seed, member)
		}
		know++
		last = c.Now()
	}
	c.Run(crash)
	c.Crash(0)
	c.Run(crash + time.Minute)
	if know != nodes-1 {
		t.Errorf("seed %d: %d of %d know", seed, know, nodes-1)
	}
	return last - crash
}

// The times are those of memberlist v0.7.0 itself (docs/performance.md): 6.0 s at 10 nodes,
// 11 to 12 s at 100 and 200.
func TestACrashIsKnownAfterTheTimesOfMemberlist(t *testing.T) {
	for _, c := range []struct {
		nodes       int
		least, most time.Duration
	}{{10, 4500 * time.Millisecond, 8 * time.Second}, {100, 9 * time.Second, 14 * time.Second}} {
		var times []time.Duration
		for seed := range uint64(9) {
			times = append(times, knownAfter(t, c.nodes, seed))
		}
		slices.Sort(times)
		if median := times[len(times)/2]; median < c.least || median > c.most {
			t.Errorf("%d nodes: known after %v, want %v to %v", c.nodes, median, c.least, c.most)
		}
	}
}

// One that is stopped for a moment refutes; one that is stopped for long is dead, and alive
// again when it goes on.
func TestTheStoppedComeBack(t *testing.T) {
	for _, stop := range []time.Duration{2 * time.Second, 30 * time.Second} {
		c := New(10, 1, LAN())
		dead := 0
		c.Dead = func(_, member int) {
			if member == 3 {
				dead++
			}
		}
		c.Run(10 * time.Second)
		c.Pause(3, stop)
		c.Run(2 * time.Minute)
		if (dead > 0) != (stop > 10*time.Second) {
			t.Errorf("stopped for %v it is held dead by %d", stop, dead)
		}
		for _, n := range c.nodes {
			if n.id != 3 && n.members[3].state != alive {
				t.Errorf("stopped for %v, it is held %v by %d in the end", stop, n.members[3].state, n.id)
			}
		}
	}
}

func TestTheSameSeedIsTheSameHistory(t *testing.T) {
	if a, b := knownAfter(t, 30, 7), knownAfter(t, 30, 7); a != b {
		t.Error(a, b)
	}
}

// Each further accuser takes less off a suspicion than the one before.
func TestAccusersShortenASuspicion(t *testing.T) {
	s := suspicion{least: 4 * time.Second, longest: 24 * time.Second, confirms: 2, accusers: []int{1}}
	ends := []time.Duration{s.ends()}
	for by := range 2 {
		s.accusers = append(s.accusers, 2+by)
		ends = append(ends, s.ends())
	}
	if ends[0] != s.longest || ends[2] != s.least || ends[1] <= s.least || ends[0]-ends[1] <= ends[1]-ends[2] {
		t.Error(ends)
	}
}
