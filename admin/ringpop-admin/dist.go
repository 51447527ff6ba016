package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
)

var errNoHostPort = usagef("hostport is required")

func newDist(p *program) *cobra.Command {
	var how placing
	cmd := &cobra.Command{
		Use:   "dist [options] HOSTPORT",
		Short: "Show how much of the key space each member owns",
		Long: "Dist prints the share of the key space, in percent, that each member owns on the\n" +
			"ring of one node. HOSTPORT may be a DISCOVERY_URI: its first node that can be\n" +
			"reached is asked.",
		Example: "  ringpop-admin dist 127.0.0.1:3000",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errNoHostPort
			}
			return nil
		},
		RunE: at(func(ctx context.Context, where admin.Discoveries) error {
			placement, flavour, err := p.place(ctx, where, how)
			if err != nil {
				return err
			}
			shares := placement.Shares()
			return p.write(
				func() string { return render.Shares(shares) },
				func() any { return render.NewSharesJSON(flavour, shares) })
		}),
	}
	how.addTo(cmd)
	return cmd
}
