//go:build linux

package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/version"
	"github.com/ringmend/ringmend/lab/fault"
	"github.com/ringmend/ringmend/lab/system"
	"github.com/ringmend/ringmend/lab/topology"
	"github.com/ringmend/ringmend/lab/workload"
)

func newRoot(p *program) *cobra.Command {
	o := newOptions()
	root := &cobra.Command{
		Use:                   "lab SYSTEM TOPOLOGY WORKLOAD FAULT [options]",
		Short:                 "Measure what faults do to a real system",
		Long:                  longHelp(),
		Example:               examples,
		Version:               version.Current(),
		Args:                  cobra.ArbitraryArgs,
		SilenceErrors:         true,
		SilenceUsage:          true,
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.read(args); err != nil {
				return err
			}
			return p.run(cmd.Context(), o)
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return cli.Usage(err) })
	root.CompletionOptions.HiddenDefaultCmd = true
	o.flags(root.Flags())
	root.Flags().BoolVarP(&o.prompt, "debug", "d", false, "start the system, then read commands from the standard input (help lists them)")
	cli.AddVersion(root.Flags())
	cli.CompleteValues(root, flagValues)
	root.AddCommand(p.insideCommand(), p.againCommand(), p.reportCommand(), p.exportCommand(), p.matrixCommand(), p.compareCommand())
	return root
}

// completeNames completes the words of a run.
func completeNames(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	lists := [][]string{system.Names(), topology.Names, workload.Names, fault.FaultNames()}
	if len(args) >= len(lists) {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return lists[len(args)], cobra.ShellCompDirectiveNoFileComp
}

func longHelp() string {
	var b strings.Builder
	b.WriteString(`Lab starts the nodes of a real system on an emulated network, puts load on them,
breaks something for the middle third of the time, and writes what happened into a
directory of results: what was asked and answered, what the nodes said of themselves,
a summary and a report for a browser. It needs Linux, root and /dev/net/tun.

The exit code is 0 when the run passed its checks, 1 when it did not or something went
wrong, 2 when the command line makes no sense, 3 when the run is void: the fault did
nothing, or the system did not work before it. 4 says that a check was not decided.

Systems:
`)
	for _, k := range system.All() {
		fmt.Fprintf(&b, "  %-22s %s\n", k.Name, k.About)
	}
	fmt.Fprintf(&b, "  %-22s %s\n", "exec:FILE", "any other, as FILE describes it")
	b.WriteString(`
Topologies:
  simple                 nodes and clients, each with a link to each other
  wan                    a node and a client at each of several sites

Workloads:
  uniform                all keys are asked equally often
  zipf                   few keys are asked most

Faults, aimed at the leader or --target:
`)
	for _, f := range fault.List {
		fmt.Fprintf(&b, "  %-22s %s\n", f.Name, f.About)
	}
	return strings.TrimRight(b.String(), "\n")
}

const examples = `  lab etcd simple uniform partial-partition --duration 36 --rate 50 --link-latency 0
  lab etcd-pre-vote wan zipf leader --max-key 100 --write-ratio 0.5
  lab ringmend simple uniform partition '1,2|3' --how reset
  lab etcd simple uniform -d                       a prompt: cut leader *, status, mend
  printf '%s\n' 'kill leader' 'sleep 3s' leader | lab etcd simple uniform -d`
