package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
)

func newStatus(p *program) *cobra.Command {
	var quiet bool
	cmd := &cobra.Command{
		Use:   "status [options] DISCOVERY_URI...",
		Short: "Show the status of every member",
		Long: "Status prints a row for every member: its address and its status. While a change\n" +
			"spreads, that is what most nodes hold, and what the others do is on stderr. On a\n" +
			"split there is no status of the whole: use top or partitions. A third column says\n" +
			"which members are evicted.\n" + discoveryHelp,
		Example: "  ringpop-admin status 127.0.0.1:3000",
		RunE: at(func(ctx context.Context, where admin.Discoveries) error {
			cluster, verdict, err := p.lookWhole(ctx, where, ". An accurate status cannot be provided")
			if err != nil {
				return err
			}
			return p.printMost(cluster, verdict,
				func() string { return render.Status(verdict.Most, cluster.Evictions(), !quiet) },
				func() any { return render.NewMembersJSON(cluster, verdict) })
		}),
	}
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print no header")
	return cmd
}
