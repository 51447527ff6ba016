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
		Long: "Status prints a row for every member: its address and its status. All nodes that\n" +
			"answer must agree; while they do not, use top or partitions.\n" + discoveryHelp,
		Example: "  ringpop-admin status 127.0.0.1:3000",
		RunE: at(func(ctx context.Context, where admin.Discoveries) error {
			cluster, only, err := p.lookAgreed(ctx, where, ". An accurate status cannot be provided")
			if err != nil {
				return err
			}
			return p.print(cluster,
				func() string { return render.Status(only, !quiet) },
				func() any { return render.NewMembersJSON(cluster, only) })
		}),
	}
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print no header")
	return cmd
}
