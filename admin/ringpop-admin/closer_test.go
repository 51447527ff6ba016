package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/node/tchan"
)

// said runs a command line against a cluster.
func said(t *testing.T, nodes *fakeNodes, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs, func(tchan.Options) (connection, error) { return nodes, nil })
	return code, out.String(), errs.String()
}

func TestCall(t *testing.T) {
	for _, test := range []struct {
		args      []string
		code      int
		out, errs string
	}{
		{[]string{nodeA, "/admin/reap"}, 0, `{"status":"ok"}` + "\n", ""},
		{[]string{nodeA, "/admin/lookup", `{"key":"a"}`}, 0, `{"dest":"127.0.0.1:30001"}` + "\n", ""},
		{[]string{nodeA, "/admin/nonsense"}, 1, "", "no such endpoint"},
		{[]string{nodeA, "admin/reap"}, 2, "", "begins with /"},
		{[]string{nodeA}, 2, "", "not 1 arguments"},
		{[]string{"nonsense", "/admin/reap"}, 2, "", "Expected an ip:port"},
		{[]string{nodeC, "/admin/stats"}, 1, "", "Failed to connect to ringpop listening on [::1]:3000"},
	} {
		code, out, errs := said(t, three(), append([]string{"call"}, test.args...)...)
		if code != test.code || out != test.out || !strings.Contains(errs, test.errs) {
			t.Errorf("%v: %d %q %q, want %+v", test.args, code, out, errs, test)
		}
	}
}

func TestGossip(t *testing.T) {
	nodes := three()
	nodes.answers["/admin/gossip/stop "+nodeA] = "{}"
	nodes.answers["/admin/gossip/start "+nodeA] = "{}"
	for _, order := range []string{"stop", "start"} {
		if code, out, errs := said(t, nodes, "gossip", order, nodeA); code != 0 || out+errs != "" {
			t.Errorf("%s: %d %s%s", order, code, out, errs)
		}
	}
	if diff := cmp.Diff([]string{"/admin/gossip/stop " + nodeA, "/admin/gossip/start " + nodeA}, nodes.calls); diff != "" {
		t.Error(diff)
	}
	for _, args := range [][]string{{"gossip"}, {"gossip", "pause"}, {"gossip", "stop"}} {
		if code, _, errs := said(t, nodes, args...); code != 2 {
			t.Errorf("%v: %d %s", args, code, errs)
		}
	}
}

func TestHealStats(t *testing.T) {
	nodes := three()
	nodes.answers["/admin/heal/stats "+nodeA] = `{"version":1,"address":"127.0.0.1:3000","since":"2026-11-22T11:15:11Z",` +
		`"now":{"suspected":true,"suspectedAt":"2026-11-22T11:16:11Z","probeSeconds":10,"reachable":2,"faulty":1,"tombstones":2},` +
		`"suspected":3,"whole":2,"probes":17,"reached":4,"merges":1,"mergesFailed":{"timeout":1,"reset":1}}`
	code, out, errs := said(t, nodes, "heal-stats", nodeA)
	want := " Address          Split                        Reachable   Faulty   Suspected   Whole   Probes   Answered   Merges   Failed\n" +
		" 127.0.0.1:3000   since 2026-11-22T11:16:11Z   2           3        3           2       17       4          1        2\n"
	if diff := cmp.Diff(want, out); code != 0 || diff != "" {
		t.Errorf("%d %s", code, diff)
	}
	if !strings.Contains(errs, "No figures of healing from 127.0.0.1:30001: refused: no such endpoint") || !strings.Contains(errs, "Failed to connect to 1 nodes") {
		t.Errorf("on stderr: %s", errs)
	}
	nodes.answers["/admin/heal/stats "+nodeB] = `{"version":2}`
	_, out, errs = said(t, nodes, "heal-stats", "--json", nodeA)
	if strings.Count(out, "\n") != 1 || !strings.Contains(out, `"probes":17`) || !strings.Contains(errs, "version 2 of the figures") {
		t.Errorf("as JSON: %s\n%s", out, errs)
	}
}

// A person is asked before a harmful action, and a script is not.
func TestQuestions(t *testing.T) {
	for _, test := range []struct {
		args, answer string
		asked, done  bool
	}{
		{"leave " + nodeA, "y\n", true, true},
		{"leave " + nodeA, "Yes\n", true, true},
		{"leave " + nodeA, "n\n", true, false},
		{"leave " + nodeA, "\n", true, false},
		{"leave " + nodeA, "", true, false},
		{"leave --yes " + nodeA, "", false, true},
		{"leave -y " + nodeA, "", false, true},
		{"reap --force " + nodeA, "n\n", true, false},
		{"reap " + nodeA, "", false, true},
		{"join " + nodeA, "", false, true},
		{"gossip stop " + nodeA, "n", true, false},
	} {
		nodes, asked := three(), false
		var out, errs bytes.Buffer
		p := &program{stdout: &out, stderr: &errs, connect: func(tchan.Options) (connection, error) { return nodes, nil }}
		p.ask = func(question string) (string, error) {
			asked = true
			if !strings.HasSuffix(question, "?") && !strings.HasSuffix(question, ".") {
				t.Errorf("no question: %q", question)
			}
			if test.answer == "" {
				return "", io.EOF
			}
			return test.answer, nil
		}
		code := p.run(t.Context(), strings.Fields(test.args))
		if asked != test.asked || (len(nodes.calls) > 0) != test.done || (code == 0) != test.done {
			t.Errorf("%s, answered %q: asked %v, calls %v, exit code %d: %s", test.args, test.answer, asked, nodes.calls, code, errs.String())
		}
	}
}

func TestTheVariableNamesTheCluster(t *testing.T) {
	t.Setenv(clusterVariable, nodeA+" "+nodeB)
	if code, out, errs := said(t, three(), "count", "-m"); code != 0 || out != "3\n" {
		t.Errorf("%d %s%s", code, out, errs)
	}
	if code, _, errs := said(t, three(), "count", "-m", nodeC); code == 0 {
		t.Errorf("an argument does not come first: %s", errs)
	}
	t.Setenv(clusterVariable, " ")
	if code, _, errs := said(t, three(), "count", "-m"); code != 2 || !strings.Contains(errs, "discoveryUri is required") {
		t.Errorf("%d %s", code, errs)
	}
}

func TestDebug(t *testing.T) {
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		io.WriteString(w, "page "+r.URL.Path)
	}))
	defer pages.Close()
	address := strings.TrimPrefix(pages.URL, "http://")
	log := filepath.Join(t.TempDir(), "node.log")
	if err := os.WriteFile(log, append(bytes.Repeat([]byte("old\n"), maxPart/4), "new\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "bundle.tar.gz")
	args := []string{"debug", "-f", file, "--http", address, "--http", "127.0.0.1:1", "--log", log, "--log", "/nowhere/log", nodeA}
	code, out, errs := said(t, three(), args...)
	if code != 0 || out != "" || !strings.Contains(errs, "things could not be had") {
		t.Fatalf("%d %s%s", code, out, errs)
	}
	parts := unpack(t, file)
	at := fileName(address)
	for name, want := range map[string]string{
		"nodes/127.0.0.1_3000/stats.json": `"members"`,
		"http/" + at + "/statusz.txt":     "page /statusz",
		"http/" + at + "/readyz.txt":      "page /readyz",
		"http/" + at + "/metrics.txt":     "page /metrics",
		"logs/1-node.log":                 "new\n",
		"version.txt":                     "ringpop-admin",
	} {
		if !strings.Contains(parts[name], want) {
			t.Errorf("%s: %.100q, want %q", name, parts[name], want)
		}
	}
	for _, want := range []string{"[::1]:3000", "nodes/127.0.0.1_3000/heal-stats.json", "http/127.0.0.1_1/metrics.txt", "/nowhere/log"} {
		if !strings.Contains(parts["errors.txt"], want) {
			t.Errorf("errors.txt does not name %s:\n%s", want, parts["errors.txt"])
		}
	}
	if len(parts["logs/1-node.log"]) != maxPart {
		t.Errorf("%d bytes of the log", len(parts["logs/1-node.log"]))
	}
	if code, _, errs := said(t, three(), args...); code != 1 || !strings.Contains(errs, "exists") {
		t.Errorf("a bundle is written over: %d %s", code, errs)
	}
	if code, _, errs := said(t, three(), "debug", "-f", filepath.Join(t.TempDir(), "b"), nodeC); code != 1 {
		t.Errorf("no node answers: %d %s", code, errs)
	}
}

func unpack(t *testing.T, file string) map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	parts := make(map[string]string)
	for archive := tar.NewReader(zip); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		parts[strings.TrimPrefix(header.Name, "ringmend-debug/")] = string(data)
	}
}
