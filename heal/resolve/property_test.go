package resolve

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

func drawConfig(t *rapid.T, n int) Config {
	cfg := config(Strategy(rapid.IntRange(int(StaticQuorum), int(LeaseMajority)).Draw(t, "strategy")))
	cfg.QuorumSize = n/2 + 1
	cfg.DownIfAlone = rapid.Bool().Draw(t, "down if alone")
	cfg.Minimum = rapid.IntRange(1, n).Draw(t, "minimum")
	return cfg
}

// drawDelays makes each node notice what happens at a time of its own.
func drawDelays(t *rapid.T, l *lab) {
	l.delay = func(_, _ wire.Address, gone bool) time.Duration {
		if gone {
			return 5*time.Second + time.Duration(rapid.IntRange(0, 12).Draw(t, "detection"))*500*time.Millisecond
		}
		return time.Duration(rapid.IntRange(2, 12).Draw(t, "return")) * 250 * time.Millisecond
	}
}

func drawParts(t *rapid.T, n int) [][]int {
	parts := make([][]int, rapid.IntRange(1, 3).Draw(t, "parts"))
	for i := 1; i <= n; i++ {
		p := rapid.IntRange(0, len(parts)-1).Draw(t, "part")
		parts[p] = append(parts[p], i)
	}
	return parts
}

// In clean splits of a settled cluster, with crashes, restarts and newcomers on one side, one
// part at most is kept (the lab checks that all the time), every node decides in time, and
// all serve again without a restart once the network is whole and no member is missing.
func TestOneKeeper(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 7).Draw(t, "members")
		cfg := drawConfig(t, n)
		l := newLab(t, cfg, n)
		l.run(90 * time.Second)
		drawDelays(t, l)
		for range rapid.IntRange(1, 3).Draw(t, "splits") {
			before := len(l.nodes)
			newcomer := rapid.Bool().Draw(t, "newcomer") && before < 9
			if newcomer {
				l.boot(before + 1)
				l.run(time.Duration(rapid.IntRange(0, 20).Draw(t, "age")) * time.Second)
			}
			l.split(drawParts(t, len(l.nodes))...)
			events(t, l)
			l.run(100 * time.Second)
			decidedInTime(t, l)
			l.bootAll()
			l.heal()
			l.run(3 * time.Minute)
			if got := len(l.serving()); got != len(l.nodes) {
				t.Fatalf("%d of %d serve in the end\n%s", got, len(l.nodes), l)
			}
		}
	})
}

// events happen while the cluster is split.
func events(t *rapid.T, l *lab) {
	for range rapid.IntRange(0, 3).Draw(t, "events") {
		l.run(time.Duration(rapid.IntRange(0, 15).Draw(t, "pause")) * time.Second)
		i := rapid.IntRange(1, len(l.nodes)).Draw(t, "who")
		n := l.nodes[addr(i)]
		switch rapid.SampledFrom([]string{"crash", "restart", "stop"}).Draw(t, "what") {
		case "crash":
			n.up = false
			l.reconnect()
		case "restart":
			l.boot(i)
			l.reconnect()
		case "stop":
			if n.up {
				n.Observe(l.now, []swim.Event{swim.Stalled{For: time.Minute}})
			}
		}
	}
}

// bootAll starts the crashed nodes.
func (l *lab) bootAll() {
	for i := 1; i <= len(l.nodes); i++ {
		if !l.nodes[addr(i)].up {
			l.boot(i)
		}
	}
}

// decidedInTime fails when a node that misses members has not decided.
func decidedInTime(t *rapid.T, l *lab) {
	limit := l.cfg.StableAfter + l.cfg.UnstableAfter + l.cfg.MinorityDelay + l.cfg.LeaseTimeout + 3*l.cfg.Tick
	for _, a := range l.addresses() {
		n := l.nodes[a]
		if n.up && n.State() == Uncertain && l.now.Sub(n.clock.First()) > limit {
			t.Fatalf("%s has not decided after %v\n%s", a, l.now.Sub(n.clock.First()), l)
		}
	}
}

// The lease keeps one side whatever the store does.
func TestOneKeeperWithATroubledStore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 6).Draw(t, "members")
		l := newLab(t, config(LeaseMajority), n)
		l.run(90 * time.Second)
		drawDelays(t, l)
		lost := rapid.IntRange(0, 3).Draw(t, "lost answers")
		l.loseReply = func() bool { return rapid.IntRange(0, 3).Draw(t, "answer") < lost }
		for range rapid.IntRange(1, 3).Draw(t, "splits") {
			parts := drawParts(t, n)
			l.split(parts...)
			cut := rapid.IntRange(-1, len(parts)).Draw(t, "without store")
			l.storeDown = func(a wire.Address) bool { return l.part[a] == cut }
			events(t, l)
			l.run(100 * time.Second)
			l.storeDown = nil
			l.bootAll()
			l.heal()
			l.run(time.Minute)
		}
		l.loseReply = nil
		l.run(3 * time.Minute)
		if got := len(l.serving()); got != n {
			t.Fatalf("%d of %d serve in the end\n%s", got, n, l)
		}
	})
}
