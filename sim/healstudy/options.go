package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	common "github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/sim/internal/cli"
	"github.com/ringmend/ringmend/sim/script"
)

// options are what the command line says.
type options struct {
	cli.Options
	nodes    []int
	shapes   []string
	rules    []string
	runs     []int
	with     []string
	markdown string
	json     string
	svg      string
}

// allShapes is the name for all of them.
const allShapes = "all"

func (o *options) flags() *pflag.FlagSet {
	f := cli.Flags("healstudy")
	f.IntSliceVar(&o.nodes, "nodes", []int{4, 10, 100}, "sizes of clusters, `N,...`")
	f.StringSliceVar(&o.shapes, "shapes", []string{allShapes}, "shapes of partitions, `NAME,...`")
	f.StringSliceVar(&o.rules, "rules", script.RuleSets(), "rule sets, `NAME,...`")
	f.IntSliceVar(&o.runs, "runs", []int{20}, "runs of each shape, one `N` for all sizes or one for each: N,...; 0 plays nothing")
	o.Add(f)
	f.StringSliceVar(&o.with, "with", nil, "add what earlier studies wrote with --json, `FILE,...`")
	f.StringVar(&o.markdown, "markdown", "", "write tables to `FILE`, - is the standard output, as it is when no other output is asked for")
	f.StringVar(&o.json, "json", "", "write every run to `FILE`")
	f.StringVar(&o.svg, "svg", "", "write a chart to `FILE`")
	o.AddHelp(f)
	return f
}

// completion is healstudy as the shell completes it.
func completion() common.Program {
	return common.Program{Name: "healstudy", Flags: new(options).flags(), Values: map[string][]string{
		"shapes": append(shapeNames(), allShapes), "rules": script.RuleSets(),
	}}
}

// parseOptions reads the command line.
func parseOptions(args []string) (*options, error) {
	o := new(options)
	f := o.flags()
	if err := cli.Parse(f, args, &o.Help); err != nil || o.Help {
		return o, err
	}
	if o.markdown == "" && o.json == "" && o.svg == "" {
		o.markdown = "-"
	}
	if len(o.runs) == 1 {
		o.runs = slices.Repeat(o.runs, len(o.nodes))
	}
	if len(o.shapes) == 1 && o.shapes[0] == allShapes {
		o.shapes = shapeNames()
	}
	return o, o.validate()
}

func (o *options) validate() error {
	if len(o.runs) != len(o.nodes) {
		return cli.Usagef("%d numbers of runs for %d sizes", len(o.runs), len(o.nodes))
	}
	for i, n := range o.nodes {
		if n < 2 || n > script.MaxNodes {
			return cli.Usagef("nodes must be from 2 to %d, not %d", script.MaxNodes, n)
		}
		if runs := o.runs[i]; runs < 0 || runs > 100_000 {
			return cli.Usagef("runs must be from 0 to 100000, not %d", runs)
		}
	}
	for _, name := range o.shapes {
		if !slices.Contains(shapeNames(), name) {
			return cli.Usagef("no shape %q, there are %s", name, strings.Join(shapeNames(), ", "))
		}
	}
	for _, name := range o.rules {
		if err := script.CheckRules(name); err != nil {
			return cli.Usagef("%v", err)
		}
	}
	for name, list := range map[string]int{"nodes": repeated(o.nodes), "shapes": repeated(o.shapes), "rules": repeated(o.rules)} {
		if list > 0 {
			return cli.Usagef("%s: one is named twice", name)
		}
	}
	return o.Options.Validate()
}

// repeated returns how many values of a list came before in it.
func repeated[T int | string](list []T) int {
	seen := make(map[T]bool)
	for _, v := range list {
		seen[v] = true
	}
	return len(list) - len(seen)
}

func shapeNames() []string {
	var names []string
	for _, s := range script.Shapes() {
		names = append(names, s.Name)
	}
	return names
}

func usage() string {
	var b strings.Builder
	b.WriteString(`Tell how long partitions of many shapes and sizes take to heal, and what it costs.

Usage:
  healstudy [options]

Options:
`)
	b.WriteString(new(options).flags().FlagUsages())
	b.WriteString("\nShapes:\n")
	for _, s := range script.Shapes() {
		fmt.Fprintf(&b, "  %-12s %s\n", s.Name, s.Help)
	}
	b.WriteString(`
A third of the seeds cuts by resets, one drops what is sent, one delivers it late.
To play one run again: ringsim --scenario SHAPE --nodes N --seed SEED --rules RULES

Exit code: 0, 1 if an invariant did not hold by our rules or something went wrong, 2
for a command line that is not understood.

Examples:
  healstudy --nodes 4,10 --runs 200
  healstudy --shapes halves,long --nodes 1000 --runs 6 --json large.json
  healstudy --nodes 4,10,100 --runs 200,200,50 --with large.json --markdown - --svg heal.svg
`)
	return b.String()
}
