package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
)

func newPartitions(p *program) *cobra.Command {
	var every seconds
	var quiet, serving bool
	cmd := &cobra.Command{
		Use:   "partitions [options] DISCOVERY_URI...",
		Short: "Show the partitions of a cluster",
		Long: "Partitions prints a row for each set of nodes that agree on a membership checksum.\n" +
			"A healthy cluster at rest is one row. While a change spreads there are more, which\n" +
			"is no split: what the rows amount to is said on stderr, unless --quiet is given.\n" +
			"The statuses are counted as the sample host sees them.\n" + discoveryHelp,
		Example: "  ringpop-admin partitions 127.0.0.1:3000\n  ringpop-admin partitions -w 1 127.0.0.1:3000",
		RunE: at(func(ctx context.Context, where admin.Discoveries) error {
			return p.showEvery(ctx, every, func(ctx context.Context) error {
				return p.showPartitions(ctx, where, !quiet, serving)
			})
		}),
	}
	cmd.Flags().VarP(&every, "wait", "w", "repeat every so many seconds, until interrupted")
	cmd.Flags().Var(&every, "watch", "the same, every second unless a number is given")
	cmd.Flags().Lookup("watch").NoOptDefVal = "1"
	cmd.Flags().BoolVar(&serving, "serving", false, "also ask every node whether it serves")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print no header")
	return cmd
}

func (p *program) showPartitions(ctx context.Context, where admin.Discoveries, header, serving bool) error {
	cluster, err := p.lookWithProgress(ctx, where)
	if err != nil {
		return err
	}
	now := time.Now()
	text := func() string { return render.Partitions(cluster.Partitions(), now, header) }
	form := func() any { return render.NewPartitionsJSON(cluster, now) }
	if serving {
		resolvers, err := p.resolversOf(ctx, cluster)
		if err != nil {
			return err
		}
		text = func() string { return render.ServingPartitions(cluster.Partitions(), resolvers, now, header) }
		form = func() any { return render.NewServingPartitionsJSON(cluster, resolvers, now) }
	}
	if err := p.write(text, form); err != nil {
		return err
	}
	report := render.Failures(cluster)
	if verdict := admin.VerdictOf(cluster); header && verdict.Condition > admin.Agreed {
		report = render.Whole(verdict) + report
	}
	p.report(report)
	return nil
}
