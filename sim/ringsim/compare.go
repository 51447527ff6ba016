package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/ringmend/ringmend/sim"
	"github.com/ringmend/ringmend/sim/internal/cli"
	"github.com/ringmend/ringmend/sim/script"
)

// compared returns the rule sets of a comparison.
func compared(list string) ([]string, error) {
	names := strings.Split(list, ",")
	if list == "each" {
		names = []string{script.RulesRingmend}
		for _, rule := range script.OwnRules() {
			names = append(names, script.RulesRingmend+"+"+rule)
		}
		names = append(names, script.RulesRingpop)
	}
	for _, name := range names {
		if err := script.CheckRules(name); err != nil {
			return nil, cli.Usagef("%v", err)
		}
	}
	return names, nil
}

// compare plays every script with some rule sets and prints the figures side by
// side. What violates an invariant under other rules than ours is counted: that is
// what the comparison is about.
func (p *program) compare(scripts []*script.Script) error {
	names, err := compared(p.opts.compare)
	if err != nil {
		return err
	}
	summaries := make([]*sim.Summary, len(names))
	violated := false
	for i, name := range names {
		var list []*script.Script
		for _, s := range scripts {
			c := *s
			c.Rules = name
			list = append(list, &c)
		}
		summaries[i] = sim.NewSummary()
		what := func(s *script.Script) string { return name + ", " + seedAndSize(s) }
		stopped, err := p.Play(list, p.opts.Parallel, sim.Options{}, what, func(r *sim.Result) bool {
			summaries[i].Add(r)
			return true
		})
		if err != nil {
			return err
		}
		if stopped != nil {
			p.printComparison(names[:i], summaries[:i], len(scripts)) // those that are whole
			return fmt.Errorf("%s: %w", name, stopped)
		}
		violated = violated || name == script.RulesRingmend && len(summaries[i].Violations) > 0
	}
	p.printComparison(names, summaries, len(scripts))
	if violated {
		return errViolated
	}
	return nil
}

// printComparison prints the figures of some rule sets.
func (p *program) printComparison(names []string, summaries []*sim.Summary, runs int) {
	means := ""
	if len(names) > maxAcross {
		means = "; of what is counted the mean of a run"
	}
	fmt.Fprintf(p.Out, "%s, %s nodes, %d runs each from seed %d: median, p99%s\n", p.what(), p.opts.nodes, runs, p.opts.Seed, means)
	if len(names) <= maxAcross {
		p.printAcross(names, summaries)
	} else {
		p.printDown(names, summaries)
	}
}

// maxAcross is how many rule sets fit beside each other.
const maxAcross = 3

// printAcross prints a row for each figure, and a column for each rule set.
func (p *program) printAcross(names []string, summaries []*sim.Summary) {
	fmt.Fprintf(p.Out, "%-36s", "")
	for _, name := range names {
		fmt.Fprintf(p.Out, " %25s", name)
	}
	fmt.Fprintln(p.Out)
	var order []sim.Row
	for _, s := range summaries {
		for _, r := range s.Rows() {
			if !has(order, r.Name) {
				order = append(order, r)
			}
		}
	}
	for _, r := range order {
		fmt.Fprintf(p.Out, "%-36s", strings.TrimSpace(r.Name+" "+r.Unit))
		for _, s := range summaries {
			fmt.Fprintf(p.Out, " %25s", figure(s, r.Name))
		}
		fmt.Fprintln(p.Out)
	}
	fmt.Fprintf(p.Out, "%-36s", "runs that violate an invariant")
	for _, s := range summaries {
		fmt.Fprintf(p.Out, " %25d", len(s.Violations))
	}
	fmt.Fprintln(p.Out)
}

// figures are those that printDown prints. Of those that are counted there is the mean: what
// happens in few runs, and should in none, has the median 0.
var figures = []struct {
	name, heading string
	counted       bool
}{
	{"heal after a cut", "heal s", false},
	{"last detection of a crash", "detection s", false},
	{"bytes per node", "bytes a node /s", false},
	{"messages per node", "messages /s", false},
	{"false positives", "false positives", true},
	{"refutations", "refutations", true},
	{"full syncs", "full syncs", true},
}

// printDown prints a row for each rule set, and a column for each of the figures that
// matter most.
func (p *program) printDown(names []string, summaries []*sim.Summary) {
	w := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
	for _, f := range figures {
		fmt.Fprintf(w, "\t%s", f.heading)
	}
	fmt.Fprintln(w, "\tviolated")
	for i, name := range names {
		fmt.Fprint(w, name)
		for _, f := range figures {
			text := figure(summaries[i], f.name)
			if f.counted {
				text = mean(summaries[i], f.name)
			}
			fmt.Fprintf(w, "\t%s", text)
		}
		fmt.Fprintf(w, "\t%d\n", len(summaries[i].Violations))
	}
	w.Flush()
}

// mean returns the mean of a figure.
func mean(s *sim.Summary, name string) string {
	for _, r := range s.Rows() {
		if r.Name == name {
			return number(r.Mean)
		}
	}
	return "-"
}

// figure returns the median and the 99th percentile of a figure, or a dash.
func figure(s *sim.Summary, name string) string {
	for _, r := range s.Rows() {
		if r.Name == name {
			return number(r.Median) + ", " + number(r.P99)
		}
	}
	return "-"
}

func has(rows []sim.Row, name string) bool {
	for _, r := range rows {
		if r.Name == name {
			return true
		}
	}
	return false
}
