package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	common "github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/sim"
	"github.com/ringmend/ringmend/sim/check"
	"github.com/ringmend/ringmend/sim/internal/cli"
	"github.com/ringmend/ringmend/sim/script"
)

// options are what the command line says.
type options struct {
	cli.Options
	scenario string
	script   string
	nodes    string
	length   time.Duration
	runs     int
	rules    string
	mutant   string
	wire     bool
	verify   bool
	compare  string
	shrink   bool
	goOn     bool
	trace    string
	json     bool
	html     string

	least, most int  // nodes
	seeded      bool // the command line says the seed
}

func (o *options) flags() *pflag.FlagSet {
	f := cli.Flags("ringsim")
	f.StringVar(&o.scenario, "scenario", "converge", "`NAME` of the scenario")
	f.StringVar(&o.script, "script", "", "play a script from `FILE` in place of a scenario")
	o.Add(f)
	f.StringVar(&o.nodes, "nodes", "10", "`N` nodes, or a range such as 5-50, which the runs go through")
	f.DurationVar(&o.length, "for", 0, "play for this long in the time of the cluster (default: until it is calm and one)")
	f.IntVar(&o.runs, "runs", 1, "play `N` runs")
	f.StringVar(&o.rules, "rules", script.RulesRingmend, "rule set: `NAME` is "+strings.Join(script.RuleSets(), " or "))
	f.StringVar(&o.compare, "compare", "", "play each run with several rule sets, and print the figures side by side: `RULES` is a list of rule sets, or each for ours without one of its rules at a time")
	f.Lookup("compare").NoOptDefVal = strings.Join(script.RuleSets(), ",")
	f.StringVar(&o.mutant, "mutant", "", "`NAME` of something that is wrong on purpose, to see it noticed")
	f.BoolVar(&o.wire, "wire", false, "encode and decode every body on its way")
	f.BoolVar(&o.verify, "verify", false, "play every run twice and compare the traces")
	f.BoolVar(&o.goOn, "keep-going", false, "play all runs, also after one has violated an invariant")
	f.BoolVar(&o.shrink, "shrink", false, "make the first script that violates an invariant short, and print it")
	f.StringVar(&o.trace, "trace", "", "write what happens to `FILE`; for a single run")
	f.BoolVar(&o.json, "json", false, "print one JSON object")
	f.StringVar(&o.html, "html", "", "write a report with charts to `FILE`, of the first run that violates an invariant, or else of the one that took longest to be one")
	o.AddHelp(f)
	return f
}

// completion is ringsim as the shell completes it.
func completion() common.Program {
	var scenarios []string
	for _, s := range script.Scenarios() {
		scenarios = append(scenarios, s.Name)
	}
	return common.Program{Name: "ringsim", Flags: new(options).flags(), Values: map[string][]string{
		"scenario": scenarios, "rules": script.RuleSets(), "mutant": sim.Mutants(),
	}}
}

// parseOptions reads the command line.
func parseOptions(args []string) (*options, error) {
	o := new(options)
	f := o.flags()
	if err := cli.Parse(f, args, &o.Help); err != nil || o.Help {
		return o, err
	}
	if f.Changed("scenario") && o.script != "" {
		return nil, cli.Usagef("a scenario and a script are one too many")
	}
	if f.Changed("nodes") && o.script != "" {
		return nil, cli.Usagef("a script says itself how many nodes there are")
	}
	o.seeded = f.Changed("seed")
	switch {
	case o.runs < 1 || o.runs > 1_000_000:
		return nil, cli.Usagef("runs must be from 1 to 1000000")
	case o.length < 0:
		return nil, cli.Usagef("for must not be negative")
	case o.trace != "" && o.runs > 1:
		return nil, cli.Usagef("a trace is of a single run")
	case o.compare != "" && (f.Changed("rules") || o.shrink || o.trace != "" || o.html != ""):
		return nil, cli.Usagef("a comparison is of all rule sets, without trace, report or shrinking")
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	return o, o.parseNodes()
}

func (o *options) parseNodes() error {
	_, err := fmt.Sscanf(o.nodes, "%d-%d", &o.least, &o.most)
	if err != nil || fmt.Sprintf("%d-%d", o.least, o.most) != o.nodes {
		if _, err = fmt.Sscanf(o.nodes, "%d", &o.least); err != nil || fmt.Sprint(o.least) != o.nodes {
			return cli.Usagef("nodes %q is neither a number nor a range such as 5-50", o.nodes)
		}
		o.most = o.least
	}
	if o.least < 1 || o.most > script.MaxNodes || o.least > o.most {
		return cli.Usagef("nodes must be from 1 to %d", script.MaxNodes)
	}
	return nil
}

// scripts returns what is to be played.
func (o *options) scripts() ([]*script.Script, error) {
	var list []*script.Script
	for i := range o.runs {
		s, err := o.oneScript(i)
		if err != nil {
			return nil, common.Usage(err)
		}
		if o.length > 0 {
			s.For = o.length
		}
		s.Wire = s.Wire || o.wire
		if o.rules != script.RulesRingmend {
			s.Rules = o.rules
		}
		if o.mutant != "" {
			s.Mutant = o.mutant
		}
		if err := sim.Check(s); err != nil {
			return nil, common.Usage(err)
		}
		list = append(list, s)
	}
	return list, nil
}

func (o *options) oneScript(i int) (*script.Script, error) {
	if o.script != "" {
		text, err := os.ReadFile(o.script)
		if err != nil {
			return nil, err
		}
		s, err := script.Parse(string(text))
		if err != nil {
			return nil, err
		}
		if o.seeded {
			s.Seed = o.Seed
		}
		s.Seed += uint64(i)
		return s, nil
	}
	scenario, err := script.FindScenario(o.scenario)
	if err != nil {
		return nil, err
	}
	return scenario.Script(o.least+i%(o.most-o.least+1), o.Seed+uint64(i))
}

func usage() string {
	var b strings.Builder
	b.WriteString(`Play whole clusters on a virtual clock and check that invariants hold.

Usage:
  ringsim [options]

Options:
`)
	b.WriteString(new(options).flags().FlagUsages())
	b.WriteString("\nScenarios:\n")
	for _, s := range script.Scenarios() {
		fmt.Fprintf(&b, "  %-13s %s\n", s.Name, s.Help)
	}
	b.WriteString("\nInvariants:\n")
	for _, i := range check.Invariants() {
		fmt.Fprintf(&b, "  %-18s %s\n", i.Name, i.Words)
	}
	b.WriteString("\nSettings of a script, a line each, and what they are when there is none:\n")
	for _, s := range script.Settings() {
		fmt.Fprintf(&b, "  %s\n", s)
	}
	b.WriteString("\nSteps of a script, after their times:\n")
	for _, v := range script.Verbs() {
		fmt.Fprintf(&b, "  %s\n", v)
	}
	b.WriteString("\nMutants:\n  " + strings.Join(sim.Mutants(), "\n  ") + "\n")
	b.WriteString(`
Exit code: 0 if all invariants held, 1 if one did not or something went wrong, 2 for
a command line that is not understood.

Examples:
  ringsim --scenario split --nodes 30 --runs 100
  ringsim --scenario random --nodes 5-50 --runs 2000
  ringsim --scenario split3 --nodes 12 --html report.html
  ringsim --scenario split --nodes 20 --runs 50 --compare
`)
	return b.String()
}
