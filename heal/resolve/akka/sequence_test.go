package akka

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
)

// A history is events, by the time in ms at which they happen: "0 up A B C", "0 leader A",
// "5 unreachable B", "5 records A>B", "10 tick".
func play(t *testing.T, rules resolve.Rules, self, dc string, stable, unstable time.Duration, granted bool, history string) string {
	t.Helper()
	start := time.Unix(0, 0)
	clock := resolve.Clockwork{StableAfter: stable, UnstableAfter: unstable}
	s := NewSequence(Rules{Rules: rules, MinorityDelay: 20 * time.Millisecond}, named(self).Address, NewCluster(dc), clock, granted, start)
	if strings.Contains(history, "leader") {
		s.FollowLeader()
	}
	kinds := map[string]Kind{
		"up": MemberUp, "weakly-up": MemberWeaklyUp, "exited": MemberExited, "removed": MemberRemoved, "left": MemberLeft,
		"joined": MemberJoined, "unreachable": MemberUnreachable, "reachable": MemberReachable, "leader": LeaderChanged,
	}
	for line := range strings.Lines(history) {
		var ms int
		var what string
		if n, _ := fmt.Sscan(line, &ms, &what); n < 2 {
			continue
		}
		_, rest, _ := strings.Cut(strings.TrimSpace(line), what)
		now := start.Add(time.Duration(ms) * time.Millisecond)
		switch what {
		case "tick":
			s.Tick(now)
		case "records":
			for _, r := range recordsOf(rest) {
				m := s.cluster.members[r.Subject]
				s.Handle(now, Event{Kind: MemberUnreachable, Member: *m})
			}
			s.Handle(now, Event{Kind: ReachabilityChanged, Records: recordsOf(rest)})
		default:
			for _, name := range strings.Fields(rest) {
				name, other := strings.CutSuffix(name, "@other")
				m := named(name)
				m.DC = dc
				if other {
					m.DC = "other"
				}
				kind, known := kinds[what]
				if !known {
					t.Fatal(what)
				}
				s.Handle(now, Event{Kind: kind, Member: m})
			}
		}
	}
	if at, ok := s.Waiting(); ok {
		s.Advance(at)
	}
	var told []string
	for _, d := range s.Decided() {
		told = append(told, fmt.Sprintf("%d %s", d.At.Sub(start).Milliseconds(), letters(d.Down)))
	}
	return strings.Join(told, ", ")
}

// The cases are those of "Split Brain Resolver must" in SplitBrainResolverSpec.
func TestPublishedSequences(t *testing.T) {
	majority, lease := majorityWith(""), leased("")
	const abc = "0 up A B C\n0 leader A\n"
	const five = "0 up A B C D E\n0 leader A\n"
	for _, test := range []struct {
		name             string
		rules            resolve.Rules
		self             string
		stable, unstable int // ms
		granted          bool
		history          string
		want             string
	}{
		{"leader", majority, "A", 0, 0, false, abc + "0 unreachable B\n0 tick", "0 B"},
		{"not leader", majority, "B", 0, 0, false, abc + "0 unreachable C\n0 tick", ""},
		{"becoming leader", majority, "A", 0, 0, false, "0 up A B C\n0 leader B\n0 unreachable C\n0 leader A\n0 tick", "0 C"},
		{"after a time", majority, "A", 2000, 0, false, abc + "0 unreachable B\n1000 tick\n2000 tick", "2000 B"},
		{"becoming leader in between", majority, "A", 2000, 0, false, "0 up A B C\n0 leader B\n0 unreachable C\n0 leader A\n0 tick\n1000 tick\n2000 tick", "2000 C"},
		{"losing leadership", majority, "A", 1000, 0, false, abc + "0 unreachable C\n0 leader B\n0 tick\n1000 tick\n1500 tick", ""},
		{"weakly up leader", majority, "Aw", 0, 0, false, "0 up C\n0 weakly-up Aw Bw\n0 unreachable C\n0 leader A\n0 tick", "0 A B"},
		{"reachable again", majority, "A", 1000, 0, false, abc + "0 unreachable B\n0 reachable B\n0 tick\n1500 tick", ""},
		{"removed", majority, "A", 1000, 0, false, abc + "0 unreachable B\n0 removed B\n0 tick\n1500 tick", ""},
		{"down already", majority, "A", 0, 0, false, abc + "0 unreachable Bd\n0 tick\n1000 tick", ""},
		{"minority", majority, "A", 0, 0, false, five + "0 records A>B C>D\n0 tick", "0 B D"},
		{"oldest", oldest(true, ""), "A", 0, 0, false, five + "0 records A>B A>C E>D\n0 tick", "0 B C D"},
		{"too many for a quorum", quorum(2, ""), "A", 0, 0, false, "0 up A B C D\n0 leader A\n0 unreachable C D\n0 tick", "0 A B C D"},
		{"other data centers", majority, "A", 0, 0, false, "0 up A B C D@other E@other\n0 leader A\n0 unreachable B D@other E@other\n0 tick", "0 B"},
		{"not counted", majority, "A", 0, 0, false, "0 up A B C D@other E@other\n0 leader A\n0 unreachable B C\n0 tick", "0 A"},
		{"oldest of the own", oldest(true, ""), "B", 0, 0, false, "0 up A B C D@other E@other\n0 leader B\n0 unreachable A C\n0 tick", "0 B"},
		{"indirect", majority, "A", 0, 0, false, abc + "0 records A>B B>A\n0 tick", "0 A B"},
		{"indirect and crashed", majority, "A", 0, 0, false, five + "0 records A>B B>A B>C\n0 tick", "0 A B C"},
		{"indirect and partition", majority, "A", 0, 0, false, five + "0 records B>C C>B A>D B>D B>E C>E\n0 tick", "0 B C D E"},
		{"its other side", majority, "D", 0, 0, false, "0 up A B C D E\n0 leader D\n0 records D>A D>B E>B E>C\n0 tick", "0 D E"},
		{"indirect and exiting", majority, "A", 0, 0, false, five + "0 up F\n0 exited Fx\n0 records A>E A>F B>E B>F C>E C>F D>E D>F E>F\n0 tick", "0 E"},
		{"exiting and indirect", majority, "A", 0, 0, false, five + "0 up F\n0 exited Ex\n0 records A>E A>F B>E B>F C>E C>F D>E D>F E>F\n0 tick", "0 F"},
		{"down all in the own", resolve.Rules{Strategy: resolve.DownAll}, "A", 0, 0, false, "0 up A B C D@other E@other\n0 leader A\n0 unreachable A C\n0 tick", "0 A B C"},
		{"unstable 1", majority, "A", 2000, 1000, false, five + `0 records B>D B>E
			0 tick
			1000 records B>D
			1000 reachable E
			1000 tick
			2000 records B>D B>E
			2000 tick
			3100 records B>D
			3100 reachable E
			3100 tick`, "3100 A B C D E"},
		{"unstable 2", majority, "A", 2000, 500, false, five + `0 records A>E B>D C>D
			0 tick
			600 records A>E B>D
			600 tick
			1200 reachable D
			1200 tick
			1800 records A>E B>D C>D
			1800 tick
			2800 records A>E B>D
			2800 tick`, "2800 A B C D E"},
		{"stable again", majority, "A", 2000, 1000, false, five + `0 records B>D B>E
			0 tick
			1000 records B>D
			1000 reachable E
			1000 tick
			1600 tick
			1600 reachable D
			2100 tick
			5100 tick`, ""},
		{"unstable on any node", majority, "B", 2000, 500, false, five + "0 unreachable E\n1900 unreachable D\n2600 tick", "2600 A B C D E"},
		{"lease", lease, "A", 0, 0, true, abc + "0 unreachable B\n0 tick", "0 B"},
		{"lease denied", lease, "A", 0, 0, false, abc + "0 unreachable B\n0 tick", "0 A C"},
		{"lease and indirect", lease, "A", 0, 0, true, abc + "0 records A>B B>A\n0 tick", "0 A B"},
		{"lease denied and indirect", lease, "A", 0, 0, false, abc + "0 records A>B B>A\n0 tick", "0 A B C"},
		{"lease, minority later", lease, "A", 0, 0, true, abc + "0 unreachable B C\n0 tick\n5 reachable C\n30 tick", "20 B C, 30 B"},
		{"joined and left restart nothing", majority, "A", 2000, 0, false, abc + "0 unreachable B\n1000 joined Dj\n1500 left Cl\n1999 tick\n2000 tick", "2000 B"},
		{"up and exited do", majority, "A", 2000, 0, false, five + "0 unreachable B\n1000 exited Cx\n2000 tick\n2500 up F\n3000 tick\n4500 tick", "4500 B"},
		{"own decision does", majority, "A", 2000, 0, false, abc + "0 unreachable B\n2000 tick\n3000 tick\n4000 tick", "2000 B, 4000 B"},
		{"removed itself", majority, "A", 0, 0, false, "0 up A B C\n0 unreachable B\n0 removed A\n0 tick", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			ms := time.Millisecond
			got := play(t, test.rules, test.self, "dc1", time.Duration(test.stable)*ms, time.Duration(test.unstable)*ms, test.granted, test.history)
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
