package report

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/node/wire"
)

func same(t *testing.T, got, want string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

var errRefused = errors.New("connection\n refused")

func TestChecksumsGroupTheNodesThatAgree(t *testing.T) {
	got := Checksums([]Answer[uint32]{
		{Node: "3000", Value: 192859590}, {Node: "3001", Value: 192859590}}, nil)
	same(t, got, "[3000, 3001] 192859590 (2)\n")
}

func TestChecksumsShowTheOddOnesOutFirst(t *testing.T) {
	got := Checksums([]Answer[uint32]{
		{Node: "3000", Value: 7}, {Node: "3001", Value: 7}, {Node: "3002", Value: 5}, {Node: "3003", Value: 4}}, nil)
	same(t, got, "[3002] 5 (1) [3003] 4 (1) [3000, 3001] 7 (2)\n")
}

func TestChecksumsListTheOthersSeparately(t *testing.T) {
	got := Checksums(
		[]Answer[uint32]{{Node: "3000", Value: 7}, {Node: "3001", Err: errRefused}},
		[]Absent{{"3002", "killed"}, {"3003", "suspended"}})
	same(t, got, `[3000] 7 (1)
[3001] connection refused
not asked: 3002 (killed), 3003 (suspended)
`)
}

func TestChecksumsOfNoNode(t *testing.T) {
	same(t, Checksums(nil, nil), "")
	same(t, Checksums(nil, []Absent{{"3000", "killed"}}), "not asked: 3000 (killed)\n")
}

func view(checksum uint32, members ...wire.Member) *wire.Stats {
	return &wire.Stats{Membership: wire.MembershipStats{Checksum: checksum, Members: members}}
}

func member(address string, status wire.Status, incarnation int64) wire.Member {
	return wire.Member{Address: wire.Address(address), Status: status, Incarnation: incarnation}
}

var names = map[wire.Address]string{"127.0.0.1:3000": "3000", "127.0.0.1:3001": "3001", "127.0.0.1:3002": "3002"}

func TestMembershipsAreGroupedByWhatTheyHold(t *testing.T) {
	a, b := member("127.0.0.1:3000", wire.Alive, 1), member("127.0.0.1:3001", wire.Alive, 1)
	stranger := member("10.0.0.1:3000", wire.Faulty, 1)
	gone := member("127.0.0.1:3002", wire.Faulty, 1)
	got := Memberships([]Answer[*wire.Stats]{
		{Node: "3000", Value: view(12, gone, a, b, stranger)},
		{Node: "3001", Value: view(12, stranger, b, a, gone)}, // the order does not matter
		{Node: "3002", Value: view(34, a, b, member("127.0.0.1:3002", wire.Alive, 2))},
		{Node: "3003", Err: errRefused},
	}, []Absent{{"3004", "killed"}}, names)
	same(t, got, `[3002] 34 (1)
    alive  3000, 3001, 3002
[3000, 3001] 12 (2)
    alive   3000, 3001
    faulty  10.0.0.1:3000, 3002
[3003] connection refused
not asked: 3004 (killed)
`)
}

func TestMembershipsThatDifferInAnythingAreNotGrouped(t *testing.T) {
	base := member("127.0.0.1:3000", wire.Alive, 1)
	newer, labelled := base, base
	newer.Incarnation++
	labelled.Labels = map[string]string{"a": "b"}
	for name, other := range map[string]*wire.Stats{
		"checksum": view(8, base), "incarnation": view(7, newer), "labels": view(7, labelled), "no members": view(7),
	} {
		answers := []Answer[*wire.Stats]{{Node: "3000", Value: view(7, base)}, {Node: "3001", Value: other}}
		groups := groupBy(answers, func(s *wire.Stats) string { return viewKey(s.Membership) })
		if len(groups) != 2 {
			t.Errorf("%s: %d groups, want 2", name, len(groups))
		}
	}
}

func TestProtocolShowsMillisecondsOfBothKindsOfNode(t *testing.T) {
	goNode := &wire.Stats{Timestamp: 1.7e9, Protocol: wire.ProtocolStats{
		Timing:       wire.Timing{Count: 1200, Min: 5e5, Mean: 1e6, Median: 1e6, P95: 2e6, P99: 3e6, Max: 2e8},
		ProtocolRate: 2e8, ClientRate: 1, ServerRate: 2.5, TotalRate: 3.5}}
	jsNode := &wire.Stats{Timestamp: 1.7e12, Protocol: wire.ProtocolStats{
		Timing:       wire.Timing{Count: 3, Min: 0.5, Mean: 1, Median: 1, P95: 2, P99: 3, Max: 200},
		ProtocolRate: 200}}
	got := Protocol([]Answer[*wire.Stats]{
		{Node: "3000", Value: goNode}, {Node: "3001", Value: jsNode}, {Node: "3002", Err: errRefused}}, nil)
	same(t, got, ""+
		"  node      rate  periods     min    mean     p50     p95     p99       max  client/s  server/s  total/s\n"+
		"  3000  200.00ms     1200  0.50ms  1.00ms  1.00ms  2.00ms  3.00ms  200.00ms      1.00      2.50     3.50\n"+
		"  3001  200.00ms        3  0.50ms  1.00ms  1.00ms  2.00ms  3.00ms  200.00ms      0.00      0.00     0.00\n"+
		"[3002] connection refused\n")
}

func TestDoneCountsAllNodes(t *testing.T) {
	line, failures := Done("gossip stopped", []Answer[struct{}]{{Node: "3000"}, {Node: "3001", Err: errRefused}},
		[]Absent{{"3002", "killed"}}, 1234567*time.Nanosecond)
	same(t, line, "gossip stopped on 1 of 3 nodes in 1ms")
	same(t, failures, "[3001] connection refused\nnot asked: 3002 (killed)\n")
}
