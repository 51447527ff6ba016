package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/admin/tui"
)

// defaultRefresh is short: a member that dies is suspect for five seconds only.
const defaultRefresh = 2 * time.Second

func newTop(p *program) *cobra.Command {
	var once, serving bool
	var rate, rows int
	var file string
	cmd := &cobra.Command{
		Use:   "top [options] DISCOVERY_URI...",
		Short: "Show every member as each side of the cluster sees it",
		Long: "Top shows the status of every member on every side of the cluster, as they change;\n" +
			"? shows the keys. -- stands for a member that a side does not know.\n\n" +
			"With -R it prints the table once, after what the cluster is as a whole: P1, P2, …\n" +
			"are the sides of a split. Where the nodes of a side differ, because a change\n" +
			"spreads, what most of them hold comes first: alive | suspect 3. Colours are left\n" +
			"out when NO_COLOR is set.\n" + discoveryHelp,
		Example: "  ringpop-admin top 127.0.0.1:3000\n  ringpop-admin top -R --json 127.0.0.1:3000",
		RunE: func(cmd *cobra.Command, args []string) error {
			where, err := parseDiscoveries(args)
			switch {
			case err != nil:
				return err
			case once:
				return p.printComparison(cmd, where, serving)
			case serving:
				return usagef("--serving needs --no-refresh")
			case rows < 0:
				return usagef("--page-size must not be less than 0")
			}
			every := time.Duration(rate) * time.Millisecond
			if every < tui.MinEvery || every > maxWait {
				return usagef("--refresh-rate must be from 100 to 86400000 milliseconds")
			}
			s := screen{tui.Top, "top", every, rows, file}
			return p.open(cmd.Context(), s, args, where)
		},
	}
	cmd.Flags().BoolVarP(&once, "no-refresh", "R", false, "print once and exit")
	cmd.Flags().BoolVar(&serving, "serving", false, "with -R, also show whether each member serves, and the state of its resolver")
	cmd.Flags().IntVarP(&rate, "refresh-rate", "r", int(defaultRefresh.Milliseconds()), "milliseconds from one look to the next")
	cmd.Flags().IntVarP(&rows, "page-size", "p", 0, "how many members to show at a time (default: as many as fit)")
	dumpFileFlag(cmd, &file)
	return cmd
}

func (p *program) printComparison(cmd *cobra.Command, where admin.Discoveries, serving bool) error {
	cluster, err := p.lookWithProgress(cmd.Context(), where)
	if err != nil {
		return err
	}
	table := func() string { return render.Comparison(cluster) }
	if serving {
		resolvers, err := p.resolversOf(cmd.Context(), cluster)
		if err != nil {
			return err
		}
		table = func() string { return render.ServingComparison(cluster, resolvers) }
	}
	return p.print(cluster,
		func() string { return render.Verdict(admin.VerdictOf(cluster)) + table() },
		func() any { return render.NewComparisonJSON(cluster) })
}
