package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
)

func newChecksums(p *program) *cobra.Command {
	return &cobra.Command{
		Use:     "checksums [options] DISCOVERY_URI...",
		Short:   "Show the membership checksum of every node",
		Long:    "Checksums prints a row for every node that answers: its address and the checksum\nof its membership.\n" + discoveryHelp,
		Example: "  ringpop-admin checksums 127.0.0.1:3000",
		RunE: at(func(ctx context.Context, where admin.Discoveries) error {
			cluster, err := p.lookWithProgress(ctx, where)
			if err != nil {
				return err
			}
			return p.print(cluster,
				func() string { return render.Checksums(cluster) },
				func() any { return render.NewChecksumsJSON(cluster) })
		}),
	}
}
