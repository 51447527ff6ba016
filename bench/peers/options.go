package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/internal/cli"
)

// options are what the command line says.
type options struct {
	together  []int // sizes of clusters in one process
	processes []int // sizes of clusters of processes
	runs      int
	programs  []string
	apart     time.Duration
	settle    time.Duration
	rest      time.Duration
	limit     time.Duration
	crash     bool
	quick     bool
	json      string
	markdown  string
	svg       string
	page      string
	from      string
	measure   bool
	help      bool
}

// Bounds of what makes sense on one machine.
const (
	maxTogether  = 1000
	maxProcesses = 250
)

func (o *options) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("peers", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.SortFlags = false
	f.IntSliceVar(&o.together, "together", []int{10, 50, 100, 200}, "sizes of clusters in one process, `N,...`; 0 for none")
	f.IntSliceVar(&o.processes, "processes", []int{10, 30, 60, 100}, "sizes of clusters of processes, `N,...`; 0 for none")
	f.IntVar(&o.runs, "runs", 3, "`N` runs of each; the programs take turns")
	f.StringSliceVar(&o.programs, "programs", programNames, "what to measure, `NAME,...`: "+strings.Join(programNames, ", "))
	f.DurationVar(&o.apart, "apart", 0, "time between the joins of nodes in one process, which ping in step if they join together")
	f.DurationVar(&o.settle, "settle", time.Second, "how long to wait for rest after the nodes agree, besides one round of pings: 0.2 s for each node")
	f.DurationVar(&o.rest, "rest", 20*time.Second, "how long to measure a cluster at rest")
	f.DurationVar(&o.limit, "limit", time.Minute, "how long to wait for agreement, and for all to know a crash")
	f.BoolVar(&o.crash, "crash", true, "measure how long a crash takes to be known by all")
	f.BoolVar(&o.quick, "quick", false, "3 and 10 nodes unless told otherwise, one run, 1 s of rest, no crash: to see whether it works")
	f.StringVar(&o.markdown, "markdown", "", "write tables to `FILE`, - is the standard output, as it is when no other output is asked for")
	f.StringVar(&o.json, "json", "", "write every measurement to `FILE`")
	f.StringVar(&o.svg, "svg", "", "write a chart of the ratios to `FILE`")
	f.StringVar(&o.page, "page", "", "put the tables into a page of the documentation, `FILE`, in place of those that are there")
	f.StringVar(&o.from, "from", "", "measure nothing: show again what --json has written to `FILE`")
	f.BoolVarP(&o.help, "help", "h", false, "show this help")
	f.BoolVar(&o.measure, "measure", false, "make the one measurement that the flags name, and print it as JSON")
	_ = f.MarkHidden("measure")
	cli.AddVersion(f)
	return f
}

// pingEvery is how often a node of ringpop-go or of ours pings.
const pingEvery = 200 * time.Millisecond

// untilRest returns how long a cluster is left alone before it counts as being at rest. By then
// each node has pinged each other one: before, a ping is a new connection as a rule.
func (o *options) untilRest(nodes int) time.Duration {
	return o.settle + time.Duration(nodes)*pingEvery
}

// completion is peers as the shell completes it.
func completion() cli.Program {
	return cli.Program{Name: "peers", Flags: new(options).flags(), Values: map[string][]string{"programs": programNames}}
}

// parse reads the command line.
func parse(args []string) (*options, error) {
	o := new(options)
	f := o.flags()
	if err := f.Parse(args); err != nil {
		return nil, cli.Usage(err)
	}
	if o.help {
		return o, nil
	}
	if f.NArg() > 0 {
		return nil, cli.Usage(fmt.Errorf("unexpected argument %q", f.Arg(0)))
	}
	if o.quick {
		if !f.Changed("together") {
			o.together = []int{3, 10}
		}
		if !f.Changed("processes") {
			o.processes = []int{3}
		}
		o.runs, o.settle, o.rest, o.crash = 1, 0, time.Second, false
	}
	if o.markdown == "" && o.json == "" && o.svg == "" && o.page == "" {
		o.markdown = "-"
	}
	none := func(n int) bool { return n == 0 }
	o.together, o.processes = slices.DeleteFunc(o.together, none), slices.DeleteFunc(o.processes, none)
	if err := o.validate(); err != nil {
		return nil, cli.Usage(err)
	}
	return o, nil
}

func (o *options) validate() error {
	for _, n := range o.together {
		if n < 2 || n > maxTogether {
			return fmt.Errorf("--together: from 2 to %d nodes, not %d", maxTogether, n)
		}
	}
	for _, n := range o.processes {
		if n < 2 || n > maxProcesses {
			return fmt.Errorf("--processes: from 2 to %d nodes, not %d", maxProcesses, n)
		}
	}
	for _, name := range o.programs {
		if !slices.Contains(programNames, name) {
			return fmt.Errorf("no program %q, there are %s", name, strings.Join(programNames, ", "))
		}
	}
	switch {
	case len(o.together)+len(o.processes) == 0 || len(o.programs) == 0:
		return errors.New("nothing to measure")
	case o.runs < 1 || o.runs > 1000:
		return fmt.Errorf("runs must be from 1 to 1000, not %d", o.runs)
	case o.settle < 0 || o.apart < 0 || o.rest <= 0 || o.limit <= 0:
		return errors.New("--settle and --apart must not be negative, --rest and --limit must be positive")
	}
	return nil
}

func usage() string {
	return `Measure clusters of ringmend, ringpop-go and memberlist side by side.

Usage:
  peers [options]

Options:
` + new(options).flags().FlagUsages() + `
Clusters run on loopback addresses of this machine, one at a time. Wall times mean
something on a quiet machine only: the load is written beside them.

Examples:
  peers --quick
  peers --together 100 --processes 0 --runs 5 --json ours.json --programs ours
  peers --markdown - --json peers.json --svg peers.svg
  peers --from peers.json --svg peers.svg
`
}
