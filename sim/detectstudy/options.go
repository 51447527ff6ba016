package main

import (
	"slices"

	"github.com/spf13/pflag"

	common "github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/sim/internal/cli"
)

// options are what the command line says.
type options struct {
	cli.Options
	sizes   []int
	stopped []int
	runs    int
	svg     string
}

func (o *options) flags() *pflag.FlagSet {
	f := cli.Flags("detectstudy")
	f.IntSliceVar(&o.sizes, "nodes", []int{10, 100, 1000}, "sizes of clusters that lose one node, `N,...`")
	f.IntSliceVar(&o.stopped, "stopped", []int{1, 4, 8, 16, 32}, "how many of 100 nodes are stopped again and again, `N,...`")
	f.IntVar(&o.runs, "runs", 5, "runs of each, `N`")
	o.Add(f)
	f.StringVar(&o.svg, "svg", "", "write a chart to `FILE`")
	o.AddHelp(f)
	return f
}

// completion is detectstudy as the shell completes it.
func completion() common.Program {
	return common.Program{Name: "detectstudy", Flags: new(options).flags()}
}

// parseOptions reads the command line.
func parseOptions(args []string) (*options, error) {
	o := new(options)
	if err := cli.Parse(o.flags(), args, &o.Help); err != nil || o.Help {
		return o, err
	}
	switch {
	case o.runs < 1 || o.runs > 10_000:
		return nil, cli.Usagef("runs must be from 1 to 10000, not %d", o.runs)
	case slices.ContainsFunc(o.sizes, func(n int) bool { return n < 4 || n > 2000 }):
		return nil, cli.Usagef("nodes must be from 4 to 2000")
	case slices.ContainsFunc(o.stopped, func(n int) bool { return n < 1 || n >= wellOf }):
		return nil, cli.Usagef("stopped must be from 1 to %d", wellOf-1)
	}
	return o, o.Validate()
}

func usage() string {
	return `Tell how soon members that are gone are known to all, and how often others are accused.

Usage:
  detectstudy [options]

Options:
` + new(options).flags().FlagUsages() + `
It prints two tables. Exit code: 0, 1 if something went wrong, 2 for a command line that
is not understood.

Examples:
  detectstudy --svg detection.svg
  detectstudy --nodes 10,100 --runs 50
`
}
