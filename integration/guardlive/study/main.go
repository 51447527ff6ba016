package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/integration/guardlive"
	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/netlab"
)

type options struct {
	runs      int
	cut       time.Duration
	limit     time.Duration
	only      string
	unguarded bool
	logs      bool
}

func (o *options) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("study", pflag.ContinueOnError)
	f.IntVar(&o.runs, "runs", 3, "`N` runs of each scenario")
	f.DurationVar(&o.cut, "for", 10*time.Second, "how long the network stays cut after the ring has fallen apart")
	f.DurationVar(&o.limit, "limit", 3*time.Minute, "how long to wait for a ring to be one again")
	f.StringVar(&o.only, "only", "", "only scenarios whose description matches this regular expression")
	f.BoolVar(&o.unguarded, "without", false, "run the first scenarios without a guard, too")
	f.BoolVar(&o.logs, "logs", false, "print what the guards log")
	cli.AddVersion(f)
	return f
}

func main() {
	p := cli.Program{Name: "study", Flags: new(options).flags()}
	os.Exit(p.Main("study:", os.Args[1:], os.Stdout, os.Stderr, run))
}

func run(args []string, out io.Writer) error {
	o := new(options)
	f := o.flags()
	if err := f.Parse(args); err != nil {
		return cli.Usage(err)
	}
	only, err := regexp.Compile(o.only)
	if err != nil || f.NArg() > 0 || o.runs < 1 || o.cut <= 0 || o.limit <= 0 {
		return cli.Usage(errors.New("options that make no sense, see --help"))
	}
	chosen := slices.DeleteFunc(o.scenarios(), func(s guardlive.Scenario) bool { return !only.MatchString(s.String()) })
	if len(chosen) == 0 {
		return cli.Usage(errors.New("no scenario matches"))
	}
	return netlab.Rerun(args, func(dir string) (map[string]string, error) {
		node := slices.ContainsFunc(chosen, func(s guardlive.Scenario) bool { return strings.Contains(s.Ring, "n") })
		return guardlive.Build(context.Background(), dir, node)
	}, func(programs map[string]string) error { return o.study(programs, chosen, out) })
}

// scenarios returns all scenarios.
func (o *options) scenarios() []guardlive.Scenario {
	const between = guardlive.Router
	goRing, nodeRing, mixed := "gggggggggg", "nnnnn", "gngngngn"
	var all []guardlive.Scenario
	add := func(ring string, parts int, guards ...int) {
		for _, kind := range []netlab.Kind{netlab.Reset, netlab.Drop} {
			all = append(all, guardlive.Scenario{Ring: ring, Parts: parts, Kind: kind, For: o.cut, Guards: guards})
		}
	}
	if o.unguarded {
		add(goRing, 2)
		add(goRing, 3)
		add(nodeRing, 2)
	}
	add(goRing, 2, between)
	add(goRing, 2, 0)
	add(goRing, 2, 9)
	add(goRing, 2, 0, 9)
	add(goRing, 2, between, 0, 9)
	add(goRing, 3, between)
	add(goRing, 3, 0, 9)
	add(nodeRing, 2, between)
	add(nodeRing, 2, 0)
	// Each part has two nodes: one that is alone suspects no other, since ringpop-node needs the
	// word of a helper for that.
	add(nodeRing+"n", 3, between)
	add(mixed, 2, between)
	add(mixed, 2, 0, 7)
	add(mixed, 3, between)
	for _, s := range all {
		if s.Ring == goRing && s.Parts == 2 && len(s.Guards) == 1 && s.Guards[0] == between {
			again, kill := s, s
			again.Again, kill.Kill = true, true
			all = append(all, again, kill)
		}
	}
	return all
}

// study runs scenarios and prints a row for each.
func (o *options) study(programs map[string]string, chosen []guardlive.Scenario, out io.Writer) error {
	most := 0
	for _, s := range chosen {
		most = max(most, len(s.Ring))
	}
	lab, err := guardlive.NewLab(programs, most, o.limit)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "| ring | parts | packets | guard | | one ring after: median | longest | runs | harmed | faulty again |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|---|")
	var failed []error
	for _, s := range chosen {
		var all []guardlive.Outcome
		for i := range o.runs {
			fmt.Fprintf(os.Stderr, "%s: run %d of %d\n", s, i+1, o.runs)
			one, err := lab.Run(s)
			if o.logs {
				fmt.Fprint(os.Stderr, one.Logs)
			}
			if err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", s, err))
				fmt.Fprintf(os.Stderr, "  failed: %v\n", err)
				continue
			}
			fmt.Fprintf(os.Stderr, "  %.1f s, harmed %d, faulty again: %t\n", one.Took.Seconds(), one.Harmed, one.Relapsed)
			all = append(all, one)
		}
		if len(all) > 0 {
			fmt.Fprintln(out, o.row(s, all))
		}
	}
	fmt.Fprintf(out, "\nCut until the ring has fallen apart, and for %v more. On %d CPUs; load averages at the end: %s\n", o.cut, runtime.NumCPU(), rig.Loads())
	return errors.Join(failed...)
}

// row sums up the runs of a scenario.
func (o *options) row(s guardlive.Scenario, all []guardlive.Outcome) string {
	slices.SortFunc(all, func(a, b guardlive.Outcome) int { return int(a.Took - b.Took) })
	harmed, relapsed := 0, 0
	for _, one := range all {
		harmed += one.Harmed
		if one.Relapsed {
			relapsed++
		}
	}
	took := func(one guardlive.Outcome) string {
		if !one.Healed {
			return fmt.Sprintf("not in %v", o.limit)
		}
		return fmt.Sprintf("%.1f s", one.Took.Seconds())
	}
	extra := ""
	switch {
	case s.Again:
		extra = "cut again during the merge"
	case s.Kill:
		extra = "guard killed during the merge"
	}
	return fmt.Sprintf("| %s | %d | %s | %s | %s | %s | %s | %d | %d | %d |",
		s.RingName(), s.Parts, s.Kind, s.Where(), extra, took(all[len(all)/2]), took(all[len(all)-1]), len(all), harmed, relapsed)
}
