package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// membership is the answer of a node with members given as addresses and statuses
// in turns, and the checksum of a flavour.
func membership(flavour wire.Flavour, view ...string) string {
	var s wire.Stats
	var members []wire.Member
	for i := 0; i < len(view); i += 2 {
		status, err := wire.ParseStatus(view[i+1])
		if err != nil {
			panic(err)
		}
		members = append(members, wire.Member{Address: wire.Address(view[i]), Status: status, Incarnation: 1772361424000})
		s.Membership.Members = append(s.Membership.Members, wire.Member(members[len(members)-1]))
	}
	s.Membership.Checksum = wire.Checksum(flavour, members)
	text, err := wire.Marshal(&s)
	if err != nil {
		panic(err)
	}
	return string(text)
}

const (
	nodeA = "127.0.0.1:3000"
	nodeB = "127.0.0.1:30001" // collides with nodeA
	nodeC = "[::1]:3000"
)

// three is a cluster of three, one of which is dead.
func three() *fakeNodes {
	view := membership(wire.FlavourNode, nodeA, "alive", nodeB, "alive", nodeC, "faulty")
	return &fakeNodes{stats: map[string]string{nodeA: view, nodeB: view}, answers: map[string]string{
		"/admin/lookup " + nodeA:                `{"dest":"127.0.0.1:30001"}`,
		"/admin/healpartition/disco " + nodeA:   `{"targets":[],"error":""}`,
		"/admin/reap " + nodeA:                  `{"status":"ok"}`,
		"/admin/member/leave " + nodeA:          `{"status":"ok"}`,
		"/admin/join " + nodeA:                  `ok`, // the old name
		"/admin/healpartition/disco " + nodeB:   `{"targets":[],"error":"no host list"}`,
		"/admin/healpartition/disco 10.0.0.1:1": ``,
	}}
}

// halves is a cluster that is split in two.
func halves() *fakeNodes {
	return &fakeNodes{stats: map[string]string{
		nodeA: membership(wire.FlavourGo, nodeA, "alive", nodeB, "faulty"),
		nodeB: membership(wire.FlavourGo, nodeA, "faulty", nodeB, "alive"),
	}, answers: map[string]string{"/admin/reap " + nodeA: `{"status":"ok"}`}}
}

const dead = "Failed to connect to 1 nodes.\n [::1]:3000   connection refused (the cluster holds it down)\n"

func TestCommandsOnAClusterThatAgrees(t *testing.T) {
	tests := []struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"count -m " + nodeA, 0, "3\n", dead},
		{"count -h " + nodeA, 0, "2\n", dead},
		{"count -p " + nodeA, 0, "1\n", dead},
		{"count --members --json " + nodeA, 0, `{"members":3}` + "\n", dead},
		{"list -m " + nodeA, 0, "127.0.0.1:3000\n127.0.0.1:30001\n[::1]:3000\n", dead},
		{"list -h " + nodeA, 0, "127.0.0.1\n::1\n", dead},
		{"lookup -k key " + nodeA, 0, "127.0.0.1:30001\n", dead},
		{"lookup --json -k key " + nodeA, 0, `{"key":"key","owner":"127.0.0.1:30001","owners":[{"owner":"127.0.0.1:30001","nodes":2}]}` + "\n", dead},
		{"status " + nodeA, 0, " ADDRESS           STATUS\n 127.0.0.1:3000    alive\n 127.0.0.1:30001   alive\n [::1]:3000        faulty\n", dead},
		{"status -q " + nodeA, 0, " 127.0.0.1:3000    alive\n 127.0.0.1:30001   alive\n [::1]:3000        faulty\n", dead},
		{"dist " + nodeA, 0, " address           percentage\n 127.0.0.1:3000    55.55%\n 127.0.0.1:30001   44.45%\n", ""},
		{"dist --checksum go --json " + nodeA, 0,
			`{"flavour":"go","shares":[{"address":"127.0.0.1:3000","percentage":55.55},{"address":"127.0.0.1:30001","percentage":44.45}]}` + "\n", ""},
		{"collisions --replica-points 11 " + nodeA, 1,
			"replica collisions:  1\n hash        address           # replica   collision        # replica\n" +
				" 948751649   127.0.0.1:30001   0           127.0.0.1:3000   10\n", ""},
		{"collisions --replica-points 10 " + nodeA, 0, "no replica collisions!\n", ""},
		{"collisions --replica-points 10 --json " + nodeA, 0, `{"flavour":"node","collisions":[]}` + "\n", ""},
		{"collisions " + nodeC + " " + nodeA + " --replica-points 10", 0, "no replica collisions!\n", ""},
		{"heal " + nodeA, 0, "TI:ME:OF.DAY No known partitions left\n", ""},
		{"heal " + nodeB, 1, "", "Error: the heal failed: no host list\n"},
		{"reap " + nodeA, 0, "", ""},
		{"leave " + nodeA, 0, "", ""},
		{"join ringpop://" + nodeA, 2, "", "Error: Expected an ip:port, hostnames are not allowed without a port.\n"},
		{"join " + nodeA, 0, "", ""},
		{"diff " + nodeA + " " + nodeB, 0, "", ""},
		{"wait --converged --members 2 " + nodeA, 0, "", "1 node did not answer, as the cluster expects.\n"},
		{"wait --converged " + nodeA, 0, "", "1 node did not answer, as the cluster expects.\n"},
		{"checksums " + nodeB + " " + nodeA + " -q", 2, "", "Error: unknown shorthand flag: 'q' in -q\n"},
		{"explain " + nodeC + " " + nodeA, 0,
			" Node              Status   Incarnation     Incarnated (UTC)          Labels\n" +
				" 127.0.0.1:3000    faulty   1772361424000   2026-03-01 TI:ME:OF.DAY\n" +
				" 127.0.0.1:30001   faulty   1772361424000   2026-03-01 TI:ME:OF.DAY\n", dead},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			got := runWith(t, three(), strings.Fields(test.args)...)
			got.Stdout = clockTime.ReplaceAllString(got.Stdout, "TI:ME:OF.DAY")
			if diff := cmp.Diff(result{test.code, test.stdout, test.stderr}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCommandsOnASplitCluster(t *testing.T) {
	tests := []struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"count -p " + nodeA, 0, "2\n", ""},
		{"count -m " + nodeA, 1, "", "Error: cluster is partitioned. An accurate count cannot be provided.\n"},
		{"list -m " + nodeA, 1, "", "Error: cluster is partitioned\n"},
		{"lookup -k key " + nodeA, 1, "", "Error: cluster is partitioned. A consistent lookup cannot be provided.\n"},
		{"status " + nodeA, 1, "", "Error: cluster is partitioned. An accurate status cannot be provided\n"},
		{"reap " + nodeA, 1, "", "Error: " + errReapWhenSplit.Error() + "\n"},
		{"reap --force " + nodeA, 0, "", ""},
		{"wait --converged --timeout 500ms " + nodeA, 1, "", "Error: waited 500ms: not converged: 2 partitions\n"},
		{"diff " + nodeA + " " + nodeB, 1, "" +
			" Address           Node              Status   Incarnation     Incarnated (UTC)          Labels\n" +
			" 127.0.0.1:3000    127.0.0.1:3000    alive    1772361424000   2026-03-01 10:37:04.000\n" +
			"                   127.0.0.1:30001   faulty   1772361424000   2026-03-01 10:37:04.000\n" +
			" 127.0.0.1:30001   127.0.0.1:3000    faulty   1772361424000   2026-03-01 10:37:04.000\n" +
			"                   127.0.0.1:30001   alive    1772361424000   2026-03-01 10:37:04.000\n", ""},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			got := runWith(t, halves(), strings.Fields(test.args)...)
			if diff := cmp.Diff(result{test.code, test.stdout, test.stderr}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDiffOfNodesWithOtherChecksumsOfTheSameMembers(t *testing.T) {
	nodes := halves()
	nodes.set(nodeA, membership(wire.FlavourGo, nodeA, "alive"))
	nodes.set(nodeB, membership(wire.FlavourNode, nodeA, "alive"))
	got := runWith(t, nodes, "diff", nodeA, nodeB)
	if got.Code != 1 || !strings.Contains(got.Stdout, "of different flavours?") {
		t.Errorf("%+v", got)
	}
}

func TestOrdersAreGivenOnceAndByTheirNames(t *testing.T) {
	tests := []struct {
		args string
		want []string
	}{
		{"heal " + nodeA, []string{"/admin/healpartition/disco " + nodeA}},
		// The first host cannot be reached, so the second one is told.
		{"reap --force " + nodeC + " " + nodeA, []string{"/health " + nodeC, "/health " + nodeA, "/admin/reap " + nodeA}},
		{"leave " + nodeA, []string{"/admin/member/leave " + nodeA}},
		{"join " + nodeA, []string{"/admin/member/join " + nodeA, "/admin/join " + nodeA}},
	}
	for _, test := range tests {
		nodes := three()
		if got := runWith(t, nodes, strings.Fields(test.args)...); got.Code != 0 {
			t.Errorf("%s: %+v", test.args, got)
		}
		if diff := cmp.Diff(test.want, nodes.calls); diff != "" {
			t.Errorf("%s: %s", test.args, diff)
		}
	}
}

// A heal that found something is followed by another one, as long as tries are
// left.
func TestHealTriesAgain(t *testing.T) {
	nodes := three()
	nodes.answers["/admin/healpartition/disco "+nodeA] = `{"targets":["127.0.0.1:3003","127.0.0.1:3004"],"error":"one \u001b failed"}`
	got := runWith(t, nodes, "heal", "--tries", "2", nodeA)
	got.Stdout = clockTime.ReplaceAllString(got.Stdout, "TI:ME:OF.DAY")
	const once = "TI:ME:OF.DAY Executed heal to 2 targets\nTI:ME:OF.DAY  - 127.0.0.1:3003\nTI:ME:OF.DAY  - 127.0.0.1:3004\n" +
		"TI:ME:OF.DAY The heal was not complete: one \ufffd failed\n"
	want := result{1, once + once, "Error: unable to heal partitions after multiple retries\n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWaitWaitsForNodesThatAreNotThereYet(t *testing.T) {
	nodes := three()
	late := nodes.stats
	nodes.stats = map[string]string{}
	go func() {
		for address, stats := range late {
			nodes.set(address, stats)
		}
	}()
	if got := runWith(t, nodes, "wait", "--converged", nodeA, nodeB); got.Code != 0 {
		t.Errorf("%+v", got)
	}
	got := runWith(t, three(), "wait", "--converged", "--timeout", "500ms", nodeC)
	if want := "Error: waited 500ms: Failed to connect to ringpop listening on [::1]:3000.\n"; !strings.HasPrefix(got.Stderr, want) {
		t.Errorf("%+v", got)
	}
}

func TestWaitEndsWithAnInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer time.AfterFunc(50*time.Millisecond, cancel).Stop()
	var stderr strings.Builder
	code := run(ctx, []string{"wait", "--converged", nodeC}, &stderr, &stderr, func(tchan.Options) (connection, error) { return three(), nil })
	if code != 1 || stderr.String() != "Error: context canceled\n" {
		t.Errorf("%d, %s", code, stderr.String())
	}
}

func TestDumpWritesAllThatTheNodesSay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dump.json")
	if got := runWith(t, three(), "dump", "-f", file, nodeA); got.Code != 0 || got.Stdout != "" || got.Stderr != dead {
		t.Errorf("%+v", got)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var dump render.DumpJSON
	if err := json.Unmarshal(data, &dump); err != nil {
		t.Fatal(err)
	}
	a, c := dump[nodeA], dump[nodeC]
	if len(dump) != 3 || a.Address != nodeA || *a.MembershipChecksum == 0 || len(a.Members) != 3 || a.Node == nil || a.Error != "" {
		t.Errorf("%+v", a)
	}
	if c.Address != nodeC || c.MembershipChecksum != nil || c.Members != nil || c.Node != nil || c.Error != "connection refused" {
		t.Errorf("%+v", c)
	}
	if got := runWith(t, three(), "dump", "-f", "-", nodeA); got.Stdout != string(data) {
		t.Errorf("to stdout: %+v", got)
	}
	if got := runWith(t, three(), "dump", "-f", t.TempDir(), nodeA); got.Code != 1 || !strings.Contains(got.Stderr, "writing the dump: open ") {
		t.Errorf("to a directory: %+v", got)
	}
}

func TestOptionsOfTheConnection(t *testing.T) {
	for _, tt := range []struct {
		args string
		want tchan.Options
	}{
		{"", tchan.Options{Service: "ringpop", MaxCallees: 128}},
		{"--service=other --app=orders", tchan.Options{Service: "other", Caller: "orders", MaxCallees: 128}},
		{"--concurrency=8", tchan.Options{Service: "ringpop", MaxCallees: 128}},
		{"--concurrency=500", tchan.Options{Service: "ringpop", MaxCallees: 500}},
	} {
		var got tchan.Options
		var out strings.Builder
		run(t.Context(), strings.Fields("checksums "+tt.args+" "+nodeA), &out, &out, func(o tchan.Options) (connection, error) {
			got = o
			return three(), nil
		})
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: %+v, want %+v", tt.args, got, tt.want)
		}
	}
}

// Every command says what it does, with an example that names it.
func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	root := newRoot(&program{})
	for _, cmd := range root.Commands() {
		if !strings.Contains(cmd.Example, "ringpop-admin "+cmd.Name()) {
			t.Errorf("%s: the example is %q", cmd.Name(), cmd.Example)
		}
		for _, row := range strings.Split(cmd.Long+"\n"+cmd.Example, "\n") {
			if len(row) > 85 {
				t.Errorf("%s: a line of %d characters: %s", cmd.Name(), len(row), row)
			}
		}
		got := runWith(t, three(), cmd.Name(), "--help")
		if got.Code != 0 || !strings.Contains(got.Stdout, "Examples:") || !strings.Contains(got.Stdout, fmt.Sprint("ringpop-admin ", cmd.Name())) {
			t.Errorf("%s: %+v", cmd.Name(), got)
		}
	}
}

func TestManPagesAndCompletions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man1")
	if got := runWith(t, three(), "man", dir); got.Code != 0 {
		t.Fatalf("%+v", got)
	}
	for _, page := range []string{"ringpop-admin.1", "ringpop-admin-partitions.1", "ringpop-admin-explain.1"} {
		text, err := os.ReadFile(filepath.Join(dir, page))
		if err != nil || !strings.Contains(string(text), ".SH EXAMPLE") && page != "ringpop-admin.1" {
			t.Errorf("%s: %v: %s", page, err, text)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if got := runWith(t, three(), "completion", shell); got.Code != 0 || len(got.Stdout) < 1000 {
			t.Errorf("%s: %+v", shell, got)
		}
	}
}
