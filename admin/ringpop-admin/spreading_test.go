package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

const (
	nodeD = "127.0.0.1:3001"
	nodeE = "127.0.0.1:3002"
)

// spreading is a cluster of four of which one has just heard that a fifth is
// suspect.
func spreading() *fakeNodes {
	old := membership(wire.FlavourGo, nodeA, "alive", nodeD, "alive", nodeE, "alive", nodeB, "alive")
	news := membership(wire.FlavourGo, nodeA, "alive", nodeD, "alive", nodeE, "alive", nodeB, "suspect")
	return &fakeNodes{stats: map[string]string{nodeA: news, nodeD: old, nodeE: old}, answers: map[string]string{
		"/admin/lookup " + nodeA: `{"dest":"127.0.0.1:3001"}`,
		"/admin/lookup " + nodeD: `{"dest":"127.0.0.1:30001"}`,
	}}
}

func TestCommandsWhileAChangeSpreads(t *testing.T) {
	const failed = "Failed to connect to 1 nodes.\n 127.0.0.1:30001   connection refused\n"
	const note = "A change is spreading: this is what 2 of 3 nodes hold; the others hold 1 other view.\n 127.0.0.1:30001   alive | suspect 1\n" + failed
	tests := []struct {
		args   string
		stdout string
		stderr string
	}{
		{"status " + nodeA, " ADDRESS           STATUS\n 127.0.0.1:3000    alive\n 127.0.0.1:3001    alive\n" +
			" 127.0.0.1:3002    alive\n 127.0.0.1:30001   alive\n", note},
		{"count -m " + nodeA, "4\n", note},
		{"count -p " + nodeA, "1\n", note},
		{"list -h " + nodeA, "127.0.0.1\n", note},
		{"lookup -k key " + nodeA, "127.0.0.1:30001\n", "A change is spreading, nodes name other owners too.\n" +
			" 127.0.0.1:30001   2 nodes\n 127.0.0.1:3001    1 node\n" + failed},
		{"lookup -k key --json " + nodeA, `{"key":"key","owner":"127.0.0.1:30001","owners":[` +
			`{"owner":"127.0.0.1:30001","nodes":2},{"owner":"127.0.0.1:3001","nodes":1}]}` + "\n",
			"A change is spreading, nodes name other owners too.\n 127.0.0.1:30001   2 nodes\n 127.0.0.1:3001    1 node\n" + failed},
		{"top -R " + nodeA, "A cluster of 4 nodes, through which a change spreads (2 views): 3 up, 1 not answering.\n" +
			"1 of 4 not answering: 127.0.0.1:30001.\n Address           P1\n 127.0.0.1:3000    alive\n 127.0.0.1:3001    alive\n" +
			" 127.0.0.1:3002    alive\n 127.0.0.1:30001   alive | suspect 1\n", failed},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			got := runWith(t, spreading(), strings.Fields(test.args)...)
			if diff := cmp.Diff(result{0, test.stdout, test.stderr}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("partitions", func(t *testing.T) {
		got := runWith(t, spreading(), "partitions", nodeA)
		const whole = "A cluster of 4 nodes, through which a change spreads (2 views): 3 up, 1 not answering.\n" + failed
		if got.Code != 0 || strings.Count(got.Stdout, "\n") != 3 || got.Stderr != whole {
			t.Errorf("%+v", got)
		}
	})
}

func TestExplainOfAStranger(t *testing.T) {
	got := runWith(t, spreading(), "explain", "127.0.0.1:9999", nodeA)
	if want := "Error: no node knows 127.0.0.1:9999\n"; got.Code != 1 || got.Stdout != "" || !strings.HasSuffix(got.Stderr, want) {
		t.Errorf("%+v", got)
	}
	got = runWith(t, spreading(), "explain", "--json", "127.0.0.1:9999", nodeA)
	var view render.OpinionsJSON
	if err := json.Unmarshal([]byte(got.Stdout), &view); err != nil || got.Code != 1 || len(view.Opinions) != 3 || view.Opinions[0].Member != nil {
		t.Errorf("%v, %+v", err, got)
	}
}

// Everything that gives an order has JSON for its outcome.
func TestOrdersInJSON(t *testing.T) {
	decode := func(got result, into any) {
		t.Helper()
		if err := json.Unmarshal([]byte(got.Stdout), into); err != nil || strings.Count(got.Stdout, "\n") != 1 {
			t.Errorf("%v: %+v", err, got)
		}
	}
	var healed render.HealJSON
	got := runWith(t, three(), "heal", "--json", nodeA)
	if decode(got, &healed); got.Code != 0 || !healed.Healed || len(healed.Tries) != 1 || healed.Tries[0].Node != nodeA || healed.Verdict == nil {
		t.Errorf("heal: %+v", got)
	}
	got = runWith(t, three(), "heal", "--json", nodeB)
	if decode(got, &healed); got.Code != 1 || healed.Healed || healed.Tries[0].Error != "no host list" || got.Stderr != "Error: the heal failed: no host list\n" {
		t.Errorf("a failed heal: %+v", got)
	}
	var reaped render.ReapJSON
	got = runWith(t, three(), "reap", "--json", nodeA)
	if decode(got, &reaped); got.Code != 0 || reaped.Node != nodeA || len(reaped.Faulty) != 1 || reaped.Faulty[0] != nodeC {
		t.Errorf("reap: %+v", got)
	}
	got = runWith(t, three(), "reap", "--force", "--json", nodeA)
	if decode(got, &reaped); got.Code != 0 || reaped.Faulty != nil {
		t.Errorf("reap --force: %+v", got)
	}
	var order render.OrderJSON
	got = runWith(t, three(), "leave", "--json", nodeA)
	if decode(got, &order); got.Code != 0 || order != (render.OrderJSON{Order: "leave", Node: nodeA}) {
		t.Errorf("leave: %+v", got)
	}
	var waited render.WaitJSON
	got = runWith(t, three(), "wait", "--converged", "--json", nodeA)
	if decode(got, &waited); got.Code != 0 || !waited.Converged || waited.Missing != "" || waited.Verdict.Condition != "agreed" || len(waited.Failed) != 1 {
		t.Errorf("wait: %+v", got)
	}
	got = runWith(t, halves(), "wait", "--converged", "--timeout", "500ms", "--json", nodeA)
	if decode(got, &waited); got.Code != 1 || waited.Converged || waited.Missing != "not converged: 2 partitions" || waited.Waited < 0.5 {
		t.Errorf("wait in vain: %+v", got)
	}
}

// A node cannot heal a side it does not know of, so the command goes to the nodes of
// another side, such as an island that all others know.
func TestHealTellsOtherSides(t *testing.T) {
	all := membership(wire.FlavourGo, nodeA, "alive", nodeD, "alive", nodeE, "alive")
	nodes := &fakeNodes{stats: map[string]string{nodeA: all, nodeD: all, nodeE: membership(wire.FlavourGo, nodeE, "alive")}, answers: map[string]string{
		"/admin/healpartition/disco " + nodeA: `{"targets":[],"error":""}`,
		"/admin/healpartition/disco " + nodeE: `{"targets":["` + nodeA + `"],"error":""}`,
	}}
	got := runWith(t, nodes, "heal", "--tries", "1", nodeA)
	got.Stdout = clockTime.ReplaceAllString(got.Stdout, "TI:ME:OF.DAY")
	want := result{1, "TI:ME:OF.DAY Executed heal to 1 targets\nTI:ME:OF.DAY  - 127.0.0.1:3000\n",
		"Error: unable to heal partitions after multiple retries\nA cluster of 3 nodes, split into 2 sides of 2 | 1 nodes: 3 up.\n" +
			"Known one way only, as one that has just started or an island: 127.0.0.1:3002.\n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"/admin/healpartition/disco " + nodeA, "/admin/healpartition/disco " + nodeE}, nodes.calls); diff != "" {
		t.Error(diff)
	}
}
