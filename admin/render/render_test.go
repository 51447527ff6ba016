package render

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

var look = time.Date(2026, 3, 1, 10, 37, 4, 878_123_456, time.UTC)

// node returns a node that answered with a membership, given as addresses and
// statuses in turns.
func node(address wire.Address, checksum uint32, view ...any) admin.Node {
	n := admin.Node{Address: address, Stats: &wire.Stats{}}
	n.Stats.Membership.Checksum = checksum
	for i := 0; i < len(view); i += 2 {
		n.Stats.Membership.Members = append(n.Stats.Membership.Members, wire.Member{
			Address: wire.Address(view[i].(string)), Status: view[i+1].(wire.Status), Incarnation: 1,
		})
	}
	return n
}

func failed(address wire.Address, text string) admin.Node {
	return admin.Node{Address: address, Err: &admin.CallError{
		Node: address, Endpoint: wire.EndpointStats, Err: errors.New(text),
	}}
}

// split is a cluster of four that was cut in two: the sample of the manual.
func split() *admin.Cluster {
	one := []any{
		"127.0.0.1:3000", wire.Alive, "127.0.0.1:3001", wire.Alive,
		"127.0.0.1:3002", wire.Faulty, "127.0.0.1:3003", wire.Faulty,
	}
	two := []any{
		"127.0.0.1:3000", wire.Faulty, "127.0.0.1:3001", wire.Faulty,
		"127.0.0.1:3002", wire.Alive, "127.0.0.1:3003", wire.Alive,
	}
	return &admin.Cluster{Nodes: []admin.Node{
		node("127.0.0.1:3000", 3283514511, one...),
		node("127.0.0.1:3001", 3283514511, one...),
		node("127.0.0.1:3002", 400620880, two...),
		node("127.0.0.1:3003", 400620880, two...),
	}}
}

func TestPartitions(t *testing.T) {
	const header = `
 10:37:04.878   Checksum     # Nodes   # Alive   # Suspect   # Faulty   Sample Host`
	const rows = `
                400620880    2         2         0           2          127.0.0.1:3002
                3283514511   2         2         0           2          127.0.0.1:3000
`
	if diff := cmp.Diff(header+rows, "\n"+Partitions(split().Partitions(), look, true)); diff != "" {
		t.Error(diff)
	}
	const quiet = `
    400620880    2   2   0   2   127.0.0.1:3002
    3283514511   2   2   0   2   127.0.0.1:3000
`
	if diff := cmp.Diff(quiet, "\n"+Partitions(split().Partitions(), look, false)); diff != "" {
		t.Error(diff)
	}
	if got := Partitions(nil, look, true); strings.Count(got, "\n") != 1 {
		t.Errorf("no partitions: %q", got)
	}
}

func TestComparison(t *testing.T) {
	const want = `
 Address          P1       P2
 127.0.0.1:3000   faulty   alive
 127.0.0.1:3001   faulty   alive
 127.0.0.1:3002   alive    faulty
 127.0.0.1:3003   alive    faulty
`
	if diff := cmp.Diff(want, "\n"+Comparison(split())); diff != "" {
		t.Error(diff)
	}
}

func TestComparisonOfStrangers(t *testing.T) {
	cluster := &admin.Cluster{Nodes: []admin.Node{
		node("127.0.0.1:3000", 2, "127.0.0.1:3000", wire.Alive, "127.0.0.1:3001", wire.Suspect),
		node("[::1]:3000", 1, "127.0.0.1:3001", wire.Tombstone, "[::1]:3000", wire.Alive),
	}}
	const want = `
 Address          P1          P2
 127.0.0.1:3000   --          alive
 127.0.0.1:3001   tombstone   suspect
 [::1]:3000       alive       --
`
	if diff := cmp.Diff(want, "\n"+Comparison(cluster)); diff != "" {
		t.Error(diff)
	}
}

// While a change spreads, and on each side of a split, what most nodes hold stands
// beside what others do.
func TestComparisonOfSidesThatDiffer(t *testing.T) {
	view := func(a9, b wire.Status) []any {
		return []any{"a:9", a9, "a:10", wire.Alive, "a:11", wire.Alive, "b:1", b}
	}
	cluster := &admin.Cluster{Nodes: []admin.Node{
		node("a:9", 3, view(wire.Alive, wire.Faulty)...),
		node("a:10", 4, view(wire.Suspect, wire.Faulty)...),
		node("a:11", 4, view(wire.Suspect, wire.Faulty)...),
		node("b:1", 1, "a:9", wire.Faulty, "a:10", wire.Faulty, "b:1", wire.Alive),
	}}
	const want = `
 Address   P1       P2
 a:9       faulty   suspect | alive 1
 a:10      faulty   alive
 a:11      --       alive
 b:1       alive    faulty
`
	if diff := cmp.Diff(want, "\n"+Comparison(cluster)); diff != "" {
		t.Error(diff)
	}
}

func TestSpreadingSaysWhatOthersHold(t *testing.T) {
	cluster := &admin.Cluster{}
	for i := range 6 {
		view := []any{}
		for j := range 12 {
			status := wire.Alive
			if i == 5 && j < 11 {
				status = wire.Suspect
			}
			view = append(view, fmt.Sprintf("a:%d", j+1), status)
		}
		cluster.Nodes = append(cluster.Nodes, node(wire.Address(fmt.Sprintf("a:%d", i+1)), uint32(i/5), view...))
	}
	const want = `
A change is spreading: this is what 5 of 6 nodes hold; the others hold 1 other view.
 a:1          alive | suspect 1
`
	got := Spreading(admin.VerdictOf(cluster))
	if lines := strings.Count(got, "\n"); lines != 12 || !strings.HasSuffix(got, "\n and 1 more\n") {
		t.Errorf("%d lines: %s", lines, got)
	}
	if diff := cmp.Diff(want[1:], got[:min(len(got), len(want)-1)]); diff != "" {
		t.Error(diff)
	}
	if got := Spreading(admin.VerdictOf(split())); got != "" {
		t.Errorf("on a split: %q", got)
	}
}

func TestChecksums(t *testing.T) {
	cluster := &admin.Cluster{Nodes: []admin.Node{
		node("127.0.0.1:3000", 4294967295),
		failed("127.0.0.1:3001", "connection refused"),
		node("127.0.0.1:30001", 0),
	}}
	const want = `
 127.0.0.1:3000    4294967295
 127.0.0.1:30001   0
`
	if diff := cmp.Diff(want, "\n"+Checksums(cluster)); diff != "" {
		t.Error(diff)
	}
}

func TestFailures(t *testing.T) {
	if got := Failures(split()); got != "" {
		t.Errorf("nothing failed: %q", got)
	}
	cluster := &admin.Cluster{
		Nodes: []admin.Node{
			node("127.0.0.1:3000", 1, "127.0.0.1:3001", wire.Faulty, "127.0.0.1:3002", wire.Alive),
			failed("127.0.0.1:3001", "connection refused"),
			failed("127.0.0.1:3002", "refused: \x1b[2J\nnot ready"),
		},
		Skipped: 3,
	}
	const want = `
Failed to connect to 2 nodes.
 127.0.0.1:3002   refused: �[2J�not ready
 127.0.0.1:3001   connection refused (the cluster holds it down)
Asked 3 nodes, but not 3 more that some of them list.
`
	if diff := cmp.Diff(want, "\n"+Failures(cluster)); diff != "" {
		t.Error(diff)
	}
}

func TestFailuresAreShort(t *testing.T) {
	cluster := &admin.Cluster{}
	for i := range 1000 {
		cluster.Nodes = append(cluster.Nodes, failed(wire.Address(fmt.Sprintf("127.0.0.1:%d", 1000+i)), strings.Repeat("x", 10_000)))
	}
	got := Failures(cluster)
	if lines := strings.Count(got, "\n"); lines != 12 || len(got) > 4000 || !strings.HasSuffix(got, "\n and 990 more\n") {
		t.Errorf("%d lines, %d bytes, ends in %q", lines, len(got), got[len(got)-30:])
	}
}

func TestOpinionsShowLabelsThatAreFitToBePrinted(t *testing.T) {
	known := &wire.Member{
		Address: "127.0.0.1:3002", Status: wire.Suspect, Incarnation: 1772361424878,
		Labels: map[string]string{"zone": "b", "colour": "\x1b[31mred"},
	}
	const want = `
 Node             Status    Incarnation     Incarnated (UTC)          Labels
 127.0.0.1:3000   suspect   1772361424878   2026-03-01 10:37:04.878   colour=�[31mred, zone=b
 127.0.0.1:3001   --
`
	got := Opinions([]admin.Opinion{{Node: "127.0.0.1:3000", Member: known}, {Node: "127.0.0.1:3001"}})
	if diff := cmp.Diff(want, "\n"+got); diff != "" {
		t.Error(diff)
	}
}

func TestProgress(t *testing.T) {
	for _, test := range []struct {
		asked, known int
		want         string
	}{
		{0, 1, "asked 0 of 1 nodes [..............................]"},
		{500, 1000, "asked 500 of 1000 nodes [###############...............]"},
		{1000, 1000, "asked 1000 of 1000 nodes [##############################]"},
		{0, 0, "asked 0 of 0 nodes [..............................]"},
	} {
		if got := Progress(test.asked, test.known); got != test.want {
			t.Errorf("%d of %d: %q, want %q", test.asked, test.known, got, test.want)
		}
	}
}

func TestVerdict(t *testing.T) {
	whole := []any{"a:1", wire.Alive, "b:1", wire.Alive, "c:1", wire.Faulty, "d:1", wire.Leave}
	island := []any{"c:1", wire.Alive}
	tests := []struct {
		name    string
		cluster *admin.Cluster
		want    string
	}{
		{"agreed", &admin.Cluster{Nodes: []admin.Node{node("a:1", 1, whole...), node("b:1", 1, whole...)}}, `
A cluster of 4 nodes that agree: 2 up, 1 faulty, 1 left.
1 of 4 faulty: c:1.
1 of 4 left: d:1.
`},
		{"one node", &admin.Cluster{Nodes: []admin.Node{node("c:1", 1, island...)}}, `
A cluster of 1 node that agree: 1 up.
`},
		{"split", split(), `
A cluster of 4 nodes, split into 2 sides of 2 | 2 nodes: 4 up.
`},
		{"spreading", &admin.Cluster{Nodes: []admin.Node{
			node("a:1", 1, "a:1", wire.Alive, "b:1", wire.Alive, "c:1", wire.Alive),
			node("b:1", 2, "a:1", wire.Alive, "b:1", wire.Alive, "c:1", wire.Suspect),
		}}, `
A cluster of 3 nodes, through which a change spreads (2 views): 2 up, 1 not answering.
1 of 3 not answering: c:1.
`},
		{"an island", &admin.Cluster{Nodes: []admin.Node{
			node("a:1", 1, "a:1", wire.Alive, "b:1", wire.Alive, "c:1", wire.Alive),
			node("b:1", 1, "a:1", wire.Alive, "b:1", wire.Alive, "c:1", wire.Alive),
			node("c:1", 2, island...),
		}}, `
A cluster of 3 nodes, split into 2 sides of 2 | 1 nodes: 3 up.
Known one way only, as one that has just started or an island: c:1.
`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, "\n"+Verdict(admin.VerdictOf(test.cluster))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
