package web

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// mostRows is how many members /statusz lists at most, those that are not alive first.
const mostRows = 1000

// status says in text how things stand.
func (cfg *Config) status(w http.ResponseWriter) {
	var page strings.Builder
	stats := cfg.Node.Stats()
	rows := tabwriter.NewWriter(&page, 0, 0, 2, ' ', 0)
	cfg.summary(rows, stats)
	heals(rows, cfg.Node.HealStats())
	rows.Flush()
	list(&page, stats.Membership.Members)
	text(w, http.StatusOK, page.String())
}

func (cfg *Config) summary(rows io.Writer, stats *wire.Stats) {
	readiness := "yes"
	if err := cfg.unready(); err != nil {
		readiness = "no: " + strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	fmt.Fprintf(rows, "address\t%s\n", cfg.Node.Address())
	fmt.Fprintf(rows, "version\t%s\n", stats.Version)
	fmt.Fprintf(rows, "up for\t%v\n", time.Duration(stats.Uptime).Round(time.Second))
	fmt.Fprintf(rows, "ready\t%s\n", readiness)
	fmt.Fprintf(rows, "members\t%s\n", tally(stats.Membership.Members))
	fmt.Fprintf(rows, "checksum\t%d\n", stats.Membership.Checksum)
	fmt.Fprintf(rows, "ring\t%d members, checksum %d\n", len(stats.Ring.Servers), stats.Ring.Checksum)
	fmt.Fprintf(rows, "protocol period\t%v\n", time.Duration(stats.Protocol.ProtocolRate).Round(time.Millisecond))
	if t := stats.Protocol.Timing; t.Count > 0 {
		fmt.Fprintf(rows, "pings answered in\t%v (median), %v (95 %%)\n", rounded(t.Median), rounded(t.P95))
	}
	fmt.Fprintf(rows, "calls per second\t%.1f made, %.1f answered\n", stats.Protocol.ClientRate, stats.Protocol.ServerRate)
}

func rounded(nanoseconds float64) time.Duration {
	return time.Duration(nanoseconds).Round(10 * time.Microsecond)
}

// tally counts members by status.
func tally(members []wire.Member) string {
	var count [wire.Tombstone + 1]int
	for _, m := range members {
		count[m.Status]++
	}
	var parts []string
	for status, number := range count {
		if number > 0 {
			parts = append(parts, fmt.Sprintf("%d %v", number, wire.Status(status)))
		}
	}
	return strings.Join(parts, ", ")
}

func heals(rows io.Writer, s *wire.HealStats) {
	split := "no"
	if s.Now.Suspected {
		split = "suspected since " + s.Now.SuspectedAt.UTC().Format(time.RFC3339)
	}
	fmt.Fprintf(rows, "split\t%s\n", split)
	fmt.Fprintf(rows, "splits so far\t%d suspected, %d over\n", s.Suspected, s.Whole)
	fmt.Fprintf(rows, "heal probes\t%d, %d answered, %d merges\n", s.Attempts, s.Reached, s.Merges)
}

// list lists the members, those first that are not alive.
func list(page *strings.Builder, members []wire.Member) {
	rows := tabwriter.NewWriter(page, 0, 0, 2, ' ', 0)
	defer rows.Flush()
	fmt.Fprintf(rows, "\nMEMBER\tSTATUS\tINCARNATION\tLABELS\n")
	left := mostRows
	for _, alive := range []bool{false, true} {
		for _, m := range members {
			if (m.Status == wire.Alive) != alive {
				continue
			}
			if left--; left < 0 {
				continue
			}
			fmt.Fprintf(rows, "%s\t%v\t%d", m.Address, m.Status, m.Incarnation)
			if len(m.Labels) > 0 {
				fmt.Fprintf(rows, "\t%s", labels(m.Labels))
			}
			fmt.Fprintln(rows)
		}
	}
	if left < 0 {
		fmt.Fprintf(rows, "and %d more\n", -left)
	}
}
