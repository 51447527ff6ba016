package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
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
			return p.reap(ctx, where, force)
		}),
	}
	cmd.Flags().BoolVar(&force, "force", false, "reap even if the cluster is split")
	return cmd
}

func (p *program) reap(ctx context.Context, where admin.Discoveries, force bool) error {
	outcome := render.ReapJSON{}
	if force {
		if err := p.confirm("Forget all faulty members, even if the cluster is split?"); err != nil {
			return err
		}
	} else {
		cluster, err := p.lookWithProgress(ctx, where)
		if err != nil {
			return err
		}
		verdict := admin.VerdictOf(cluster)
		if verdict.Condition == admin.Split {
			return errReapWhenSplit
		}
		outcome.Faulty = append([]wire.Address{}, verdict.Faulty...)
	}
	client, err := p.client()
	if err != nil {
		return err
	}
	err = p.firstOf(ctx, where, func(node wire.Address) error {
		outcome.Node = node
		return client.Reap(ctx, node)
	})
	if err != nil {
		return err
	}
	return p.write(func() string { return "" }, func() any { return outcome })
}
