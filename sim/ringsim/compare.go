package main

import (
	"fmt"
	"strings"

	"github.com/ringmend/ringmend/sim"
)

// compare plays every script with every rule set and prints the figures side by
// side. What violates an invariant under Ringpop's rules is counted: that is
// what the comparison is about.
func (p *program) compare(scripts []*sim.Script) error {
	names := sim.RuleSets()
	summaries := make([]*sim.Summary, len(names))
	violated := false
	for i, name := range names {
		var list []*sim.Script
		for _, s := range scripts {
			c := *s
			c.Rules = name
			list = append(list, &c)
		}
		summaries[i] = sim.NewSummary()
		err := sim.RunAll(list, p.opts.parallel, sim.Options{}, func(j int, r *sim.Result) bool {
			summaries[i].Add(r)
			p.pace.Tell("%s: %d of %d runs", name, j+1, len(list))
			return true
		})
		if err != nil {
			return err
		}
		violated = violated || name == sim.RulesRingmend && len(summaries[i].Violations) > 0
	}
	fmt.Fprintf(p.out, "%s, %s nodes, %d runs each from seed %d: median, p99\n%-36s", p.what(), p.opts.nodes, len(scripts), p.opts.seed, "")
	for _, name := range names {
		fmt.Fprintf(p.out, " %25s", name)
	}
	fmt.Fprintln(p.out)
	rows := make([]map[string]sim.Row, len(names))
	var order []sim.Row
	for i, s := range summaries {
		rows[i] = make(map[string]sim.Row)
		for _, r := range s.Rows() {
			if len(rows) > 0 && !has(order, r.Name) {
				order = append(order, r)
			}
			rows[i][r.Name] = r
		}
	}
	for _, r := range order {
		fmt.Fprintf(p.out, "%-36s", strings.TrimSpace(r.Name+" "+r.Unit))
		for i := range names {
			text := "-"
			if r, ok := rows[i][r.Name]; ok {
				text = number(r.Median) + ", " + number(r.P99)
			}
			fmt.Fprintf(p.out, " %25s", text)
		}
		fmt.Fprintln(p.out)
	}
	fmt.Fprintf(p.out, "%-36s", "runs that violate an invariant")
	for _, s := range summaries {
		fmt.Fprintf(p.out, " %25d", len(s.Violations))
	}
	fmt.Fprintln(p.out)
	if violated {
		return errViolated
	}
	return nil
}

func has(rows []sim.Row, name string) bool {
	for _, r := range rows {
		if r.Name == name {
			return true
		}
	}
	return false
}
