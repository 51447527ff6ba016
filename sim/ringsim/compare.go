package main

import (
	"fmt"
	"slices"
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
	rows := make([][]sim.Row, len(summaries))
	for i, s := range summaries {
		rows[i] = s.Rows()
		for _, r := range rows[i] {
			if place(order, r.Name) < 0 {
				order = append(order, r)
			}
		}
	}
	for _, r := range order {
		fmt.Fprintf(p.Out, "%-36s", strings.TrimSpace(r.Name+" "+r.Unit))
		for i := range rows {
			fmt.Fprintf(p.Out, " %25s", figure(rows[i], r.Name, medianAndP99))
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
		rows := summaries[i].Rows()
		for _, f := range figures {
			text := medianAndP99
			if f.counted {
				text = mean
			}
			fmt.Fprintf(w, "\t%s", figure(rows, f.name, text))
		}
		fmt.Fprintf(w, "\t%d\n", len(summaries[i].Violations))
	}
	w.Flush()
}

// figure returns a figure as text, or a dash if there is none.
func figure(rows []sim.Row, name string, text func(sim.Row) string) string {
	if i := place(rows, name); i >= 0 {
		return text(rows[i])
	}
	return "-"
}

func mean(r sim.Row) string { return number(r.Mean) }

func medianAndP99(r sim.Row) string { return number(r.Median) + ", " + number(r.P99) }

// place returns where a figure is; -1: it is not there.
func place(rows []sim.Row, name string) int {
	return slices.IndexFunc(rows, func(r sim.Row) bool { return r.Name == name })
}
