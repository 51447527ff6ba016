package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

func newDiff(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "diff [options] HOSTPORT HOSTPORT",
		Short: "Show what two nodes disagree about",
		Long: "Diff prints two rows for every member of which two nodes think differently: what\n" +
			"the one holds it to be, and what the other. If there are any the exit code is 1.\n" +
			"-- stands for a member that a node does not know.",
		Example: "  ringpop-admin diff 127.0.0.1:3000 127.0.0.1:3002",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("two addresses are expected, not %d", len(args))
			}
			var addresses [2]wire.Address
			var seen [2]*wire.Stats
			for i, arg := range args {
				var err error
				if addresses[i], err = parseNode(arg); err != nil {
					return err
				}
			}
			for i, address := range addresses {
				var err error
				if seen[i], err = p.stats(cmd.Context(), address); err != nil {
					return err
				}
			}
			return p.printDifferences(addresses, seen)
		},
	}
}

func (p *program) printDifferences(addresses [2]wire.Address, seen [2]*wire.Stats) error {
	a, b := &seen[0].Membership, &seen[1].Membership
	differences := admin.Differences(a.Members, b.Members)
	err := p.write(
		func() string {
			switch {
			case len(differences) > 0:
				return render.Differences(addresses[0], addresses[1], differences)
			case a.Checksum != b.Checksum:
				return fmt.Sprintf("The members are the same, but the checksums are %d and %d: of different flavours?\n", a.Checksum, b.Checksum)
			default:
				return ""
			}
		},
		func() any {
			return render.NewDifferencesJSON(
				render.OfNodeJSON{Address: addresses[0], Checksum: a.Checksum},
				render.OfNodeJSON{Address: addresses[1], Checksum: b.Checksum}, differences)
		})
	if err == nil && (len(differences) > 0 || a.Checksum != b.Checksum) {
		err = errFound
	}
	return err
}

// stats asks one node.
func (p *program) stats(ctx context.Context, node wire.Address) (*wire.Stats, error) {
	client, err := p.client()
	if err != nil {
		return nil, err
	}
	stats, err := client.Stats(ctx, node)
	return stats, p.oneError(node, err)
}
