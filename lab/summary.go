//go:build linux

package main

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/lab/result"
)

// writeSummary writes a run's summary for people.
func writeSummary(w io.Writer, r *result.Run) error {
	s := r.Summary
	fmt.Fprintf(w, "%s: %s\n", s.Name, s.Verdict)
	for _, why := range s.Why {
		fmt.Fprintf(w, "  %s\n", why)
	}
	fmt.Fprintf(w, "\n%-8s %9s %9s %9s %9s %9s %9s %9s\n", "", "answered", "a second", "p50 ms", "p99 ms", "max ms", "gap s", "leaders")
	for _, p := range s.Phases {
		latency := p.All.Latency
		if latency == nil {
			latency = new(result.Latency)
		}
		fmt.Fprintf(w, "%-8s %7.1f %% %9.1f %9.1f %9.1f %9.1f %9.2f %9d\n", p.Name, p.Answered, p.All.Throughput, latency.P50, latency.P99, latency.Max, p.Gap, p.Leaders)
	}
	fmt.Fprintf(w, "\nlongest time without a success: %.2f s from the fault, %.2f s from the mend", s.GapFromFault, s.GapFromMend)
	if s.Recovered != nil {
		fmt.Fprintf(w, "; back to 95 %% in %.1f s", *s.Recovered)
	}
	fmt.Fprintln(w)
	if m := s.Membership; m != nil {
		writeMembership(w, m)
	}
	for _, e := range grouped(s.Evidence) {
		fmt.Fprintf(w, "did: %s\n", e)
	}
	for _, c := range s.Checks {
		fmt.Fprintf(w, "check: %s: %s, %s\n", c.Name, c.Verdict, c.Detail)
	}
	if s.Lateness != nil {
		if void, busy := s.Lateness.Busy(r.Config); busy != "" && !void {
			fmt.Fprintf(w, "note: %s\n", busy)
		}
	}
	_, err := fmt.Fprintf(w, "%s\n", filepath.Join(r.Dir, result.ReportFile))
	return err
}

func writeMembership(w io.Writer, m *result.Membership) {
	seconds := func(s *result.Seconds, never string) string {
		if s == nil {
			return never
		}
		return fmt.Sprintf("%.1f s", *s)
	}
	fmt.Fprintf(w, "detected: first after %s, last after %s; %d suspicions, %d times faulty, %d of them wrongly\n",
		seconds(m.FirstDetected, "never"), seconds(m.LastDetected, "never"), m.Suspicions, m.Faulty, m.FalsePositives)
	fmt.Fprintf(w, "one checksum after the mend: %s; two owners: %.1f key-seconds, %d operations accepted\n",
		seconds(m.Agreed, "not in this run"), m.TwoOwners, m.AcceptsByTwo)
}

// grouped says what was done, in a line for each command.
func grouped(list []result.Evidence) (lines []string) {
	count := map[string]int{}
	last := map[string]result.Evidence{}
	for _, e := range list {
		count[e.What]++
		last[e.What] = e
	}
	for what, e := range last {
		line := what + ": " + e.Detail
		if n := count[what]; n > 1 {
			line = fmt.Sprintf("%s: %d times, at last %s", what, n, e.Detail)
		}
		lines = append(lines, line)
	}
	slices.SortFunc(lines, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return lines
}
