package app

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/internal/doctable"
)

// advice says when to change a setting, and what that costs. Those that have none are
// what they are.
var advice = map[string]string{
	"suspect-period":   "Longer where members are starved for longer than this and come back: a dead one owns its keys for so much longer. Costs nothing at any size",
	"faulty-period":    "Shorter where addresses come and go: who is forgotten is not looked for after a split. Each faulty member is 24 bytes and a probe now and then",
	"tombstone-period": "Longer where news takes longer than this to reach all: some 3 s at 10 nodes, 7 s at 100, 10 s at 1,000, 15 s at 10,000",
	"checksum":         "node in a cluster with ringpop-node. The same on all nodes, or they exchange their memberships for ever",
	"rules":            "ringpop to compare; it heals more slowly",
	"require-app":      "When all nodes are ringmend's, and 0.2 or later. The published ones name no app in answers and ping-reqs",
	"listen":           "Always. A port of its own",
	"hosts":            "Always",
	"advertise":        "Behind a NAT, or with -listen on 0.0.0.0. Costs nothing",
	"accept-from":      "Where others than members and tools can reach the port. Costs a look at the list for each new connection",
	"bind-dial":        "For firewall rules that tell nodes on one machine apart. Costs nothing",
	"http-pprof":       "While a fault is looked for. Who reaches the address sees stacks, and a profile takes processor time",
	"identity":         "Where addresses change and keys must stay. Travels with each change of the member: its length, at any size",
	"label":            "For what other members must know of this one. Travels with each change of the member, and is in each whole membership: its length times 10 to 10,000",
	"tls-mode":         "accept while a cluster changes over, then require. A handshake for each new connection",
	"snapshot":         "Where discovery can be down when nodes start. A file of 30 bytes a member is written every 10 s at most: 300 B, 3 KB, 30 KB, 300 KB",
	"http":             "In production. A scrape has 300 series and walks over the members once: some µs at 10, ms at 10,000",
	"admin-from":       "Where orders are given from other machines",
	"log-level":        "debug to find a fault: each change of each member is a line, 10,000 of them when 100 nodes meet",
	"tls-cert":         "Where the network is not trusted: see [security.md](security.md#tls)",
}

// The page of settings lists all flags.
func TestDocumentation(t *testing.T) {
	doctable.Check(t, "../../../docs/settings.md", "./node/testpop/app", settingsTable(t))
}

func settingsTable(t *testing.T) string {
	t.Helper()
	var table strings.Builder
	table.WriteString("| flag | variable | default | what it is | when to change it, and what it costs |\n|---|---|---|---|---|\n")
	known := make(map[string]bool)
	defaults().flags().VisitAll(func(f *flag.Flag) {
		known[f.Name] = true
		if f.Name == "V" || f.Name == "version" {
			return
		}
		unit, usage := flag.UnquoteUsage(f)
		if unit != "" {
			unit = " " + unit
		}
		fmt.Fprintf(&table, "| `--%s%s` | `%s` | %s | %s | %s |\n", f.Name, unit, variable(f.Name), f.DefValue, usage, advice[f.Name])
	})
	for name := range advice {
		if !known[name] {
			t.Errorf("advice about %s, which is no flag", name)
		}
	}
	return table.String()
}
