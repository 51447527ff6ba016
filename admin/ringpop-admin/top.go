package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin/render"
)

var errNoScreen = errors.New("top has no interactive screen yet. Use top -R to print the table once")

func newTop(p *program) *cobra.Command {
	var once bool
	cmd := &cobra.Command{
		Use:   "top -R [options] DISCOVERY_URI",
		Short: "Show every member as each partition sees it",
		Long: "Top prints the status of every member in every partition. P1, P2, … are the\n" +
			"rows of the partitions command; -- stands for a member that a partition does\n" +
			"not know.\n" + discoveryHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			where, err := oneURI(args)
			if err != nil {
				return err
			}
			if !once {
				return errNoScreen
			}
			cluster, err := p.look(cmd.Context(), where)
			if err != nil {
				return err
			}
			return p.print(cluster,
				func() string { return render.Comparison(cluster.Partitions()) },
				func() any { return render.NewComparisonJSON(cluster) })
		},
	}
	cmd.Flags().BoolVarP(&once, "no-refresh", "R", false, "print once and exit")
	return cmd
}
