package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

func newExplain(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "explain [options] ADDRESS [DISCOVERY_URI...]",
		Short: "Show what every node thinks of one member",
		Long: "Explain prints a row for every node that answers: what it holds the member at\n" +
			"ADDRESS to be, with the incarnation and the labels. -- stands for a node that does\n" +
			"not know it; when none does, the exit code is 1. Without a DISCOVERY_URI the member\n" +
			"itself is asked first, so give one when it is down.\n" + discoveryHelp,
		Example: "  ringpop-admin explain 127.0.0.1:3003 127.0.0.1:3000",
		RunE:    about(p.explain),
	}
}

func (p *program) explain(ctx context.Context, member wire.Address, where admin.Discoveries) error {
	cluster, err := p.lookWithProgress(ctx, where)
	if err != nil {
		return err
	}
	evictions := cluster.Evictions()
	known := cluster.Knows(member) || evictions.Evicted(member)
	if !known {
		// A name may be given for the address that the cluster knows.
		for _, address := range p.crawler.Addresses(ctx, member) {
			if cluster.Knows(address) {
				member, known = address, true
				break
			}
		}
	}
	err = p.print(cluster,
		func() string {
			if !known {
				return ""
			}
			return render.Evicted(evictions, member) + render.Opinions(cluster.Opinions(member))
		},
		func() any { return render.NewOpinionsJSON(cluster, member) })
	if err == nil && !known {
		err = fmt.Errorf("no node knows %s", member)
	}
	return err
}
