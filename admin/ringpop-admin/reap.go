package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

var errReapWhenSplit = errors.New("cluster is split. To reap now would make each side forget the other. Heal it first, or give --force")

func newReap(p *program) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "reap [options] DISCOVERY_URI...",
		Short: "Make the cluster forget its faulty members",
		Long: "Reap makes the first node that can be reached declare every faulty member a\n" +
			"tombstone, by which the cluster forgets them. Reap prints nothing.\n\n" +
			"Two sides of a split hold each other faulty, so reap refuses to work on a split\n" +
			"that it can see.\n" + discoveryHelp,
		Example: "  ringpop-admin reap 127.0.0.1:3000",
		RunE: at(func(ctx context.Context, where admin.Discoveries) error {
			if !force {
				cluster, err := p.lookWithProgress(ctx, where)
				if err != nil {
					return err
				}
				if admin.ConditionOf(cluster.Partitions()) == admin.Split {
					return errReapWhenSplit
				}
			}
			return p.firstOf(ctx, where, func(c *admin.Client, node wire.Address) error {
				return c.Reap(ctx, node)
			})
		}),
	}
	cmd.Flags().BoolVar(&force, "force", false, "reap even if the cluster is split")
	return cmd
}
