package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
)

func newCollisions(p *program) *cobra.Command {
	var how placing
	cmd := &cobra.Command{
		Use:   "collisions [options] DISCOVERY_URI...",
		Short: "Find members that are in the same place of the ring",
		Long: "Collisions prints the replica points that two members have in common, on the ring\n" +
			"of the first node that can be reached. If there are any the exit code is 1.\n\n" +
			"Members whose addresses begin alike collide, as those with ports 3000 and 30001.\n" + discoveryHelp,
		Example: "  ringpop-admin collisions 127.0.0.1:3000",
		RunE: at(func(ctx context.Context, where admin.Discoveries) error {
			placement, flavour, err := p.place(ctx, where, how)
			if err != nil {
				return err
			}
			collisions := placement.Collisions()
			err = p.write(
				func() string { return render.Collisions(collisions) },
				func() any { return render.NewCollisionsJSON(flavour, collisions) })
			if err == nil && len(collisions) > 0 {
				err = errFound
			}
			return err
		}),
	}
	how.addTo(cmd)
	return cmd
}
