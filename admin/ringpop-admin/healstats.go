package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

func newHealStats(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "heal-stats [options] DISCOVERY_URI...",
		Short: "Show what the nodes have seen and done of splits",
		Long: "Heal-stats shows a row for each node of ringmend, counted since it was started:\n" +
			"whether it suspects a split, and since when; the members on its side, and those\n" +
			"that may be on another; how often a split was suspected and was over; how many\n" +
			"nodes were probed and answered; merges, and merges that failed. With --json all\n" +
			"figures are printed, one node a line. Other nodes are named on stderr.\n" + discoveryHelp,
		Example: "  ringpop-admin heal-stats 127.0.0.1:3000",
		RunE:    at(p.healStats),
	}
}

func (p *program) healStats(ctx context.Context, where admin.Discoveries) error {
	cluster, err := p.lookWithProgress(ctx, where)
	if err != nil {
		return err
	}
	all, failed, err := p.askHealStats(ctx, cluster)
	if err != nil {
		return err
	}
	if p.json {
		for _, stats := range all {
			if err := p.write(nil, func() any { return stats }); err != nil {
				return err
			}
		}
	} else if err := p.write(func() string { return render.HealStats(all) }, nil); err != nil {
		return err
	}
	p.report(render.HealStatsFailed(failed) + render.Failures(cluster))
	return nil
}

// askHealStats asks all nodes that have answered, in their order.
func (p *program) askHealStats(ctx context.Context, cluster *admin.Cluster) (all []*wire.HealStats, failed map[wire.Address]string, err error) {
	client, err := p.client()
	if err != nil {
		return nil, nil, err
	}
	answers := make([]*wire.HealStats, len(cluster.Nodes))
	failures := make([]error, len(cluster.Nodes))
	cluster.Ask(p.concurrency, func(i int, node wire.Address) {
		answers[i], failures[i] = client.HealStats(ctx, node)
	})
	failed = make(map[wire.Address]string)
	for i, node := range cluster.Nodes {
		switch {
		case answers[i] != nil:
			all = append(all, answers[i])
		case failures[i] != nil:
			failed[node.Address] = render.Reason(admin.Node{Address: node.Address, Err: failures[i]})
		}
	}
	return all, failed, nil
}
