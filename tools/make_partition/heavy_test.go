package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// mesh is a listing of nodes on one address, each connected to all others.
func mesh(nodes int) string {
	var b strings.Builder
	line := func(i int, at string) { fmt.Fprintf(&b, "node %d bob 10u IPv4 1 0t0 TCP %s\n", 100+i, at) }
	port := 10000
	for i := range nodes {
		line(i, fmt.Sprintf("127.0.0.1:%d (LISTEN)", 3000+i))
		for j := i + 1; j < nodes; j++ {
			port++
			line(i, fmt.Sprintf("127.0.0.1:%d->127.0.0.1:%d (ESTABLISHED)", port, 3000+j))
			line(j, fmt.Sprintf("127.0.0.1:%d->127.0.0.1:%d (ESTABLISHED)", 3000+j, port))
		}
	}
	return b.String()
}

// So many rules that they stall a machine are not printed without a word.
func TestManyRulesAreWarnedAbout(t *testing.T) {
	for _, tt := range []struct {
		nodes, lines int
		args         string
		warns        bool
	}{
		{40, 2 * 20 * 20, "", false},
		{200, 2 * 100 * 100, "", true},
		{200, 2 * 100 * 100, "--format iptables", true},
		{200, 2 * 100 * 100, "--platform darwin", true},
		{200, 2 * 100 * 100, "--compat", true},
		{200, 2, "--format nft", false},
	} {
		half := 3000 + tt.nodes/2
		args := append(strings.Fields(tt.args), fmt.Sprintf("3000-%d", half-1), fmt.Sprintf("%d-%d", half, 2999+tt.nodes))
		var stdout, stderr bytes.Buffer
		code := execute(t.Context(), args, &program{stdin: strings.NewReader(mesh(tt.nodes)), stdout: &stdout, stderr: &stderr, now: noon})
		if code != 0 {
			t.Fatalf("%s: %s", tt.args, &stderr)
		}
		lines := strings.Count(stdout.String(), "\n")
		if lines < tt.lines || lines > tt.lines+500 {
			t.Errorf("%d nodes %s: %d lines, want %d or a few more", tt.nodes, tt.args, lines, tt.lines)
		}
		said := stderr.String()
		if warned := strings.Contains(said, fmt.Sprintf("Warning: %d lines of rules", lines)); warned != tt.warns {
			t.Errorf("%d nodes %s: %d lines, and on stderr\n%s", tt.nodes, tt.args, lines, said)
		}
		for _, offer := range []string{"more than 2600", "--loopback"} {
			if tt.warns && !strings.Contains(said, offer) {
				t.Errorf("%s: no %q in\n%s", tt.args, offer, said)
			}
		}
		if tt.warns && strings.Contains(said, "--scan --apply") == strings.Contains(tt.args, "darwin") {
			t.Errorf("%s: the gate is offered where it is none, or not where it is:\n%s", tt.args, said)
		}
	}
}
