package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/node/ring"
	"github.com/ringmend/ringmend/node/wire"
)

// placing are the flags of commands that compute where members are on the ring.
type placing struct {
	replicaPoints int
	flavour       string
}

func (f *placing) addTo(cmd *cobra.Command) {
	cmd.Flags().IntVar(&f.replicaPoints, "replica-points", ring.DefaultReplicaPoints, "how many places each member has on the ring")
	cmd.Flags().StringVar(&f.flavour, "checksum", "", "go or node: the flavour of the cluster (default: found by comparing checksums)")
	cli.CompleteValues(cmd, map[string][]string{"checksum": {"go", "node"}})
}

// place asks the first node that can be reached for its membership and places it.
func (p *program) place(ctx context.Context, where admin.Discoveries, f placing) (*admin.Placement, wire.Flavour, error) {
	if f.replicaPoints < 1 || f.replicaPoints > admin.MaxReplicaPoints {
		return nil, 0, usagef("--replica-points must be from 1 to %d", admin.MaxReplicaPoints)
	}
	client, err := p.client()
	if err != nil {
		return nil, 0, err
	}
	var stats *wire.Stats
	err = p.firstOf(ctx, where, func(node wire.Address) (err error) {
		stats, err = client.Stats(ctx, node)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	flavour, err := f.flavourOf(&stats.Membership)
	if err != nil {
		return nil, 0, err
	}
	placement, err := admin.NewPlacement(flavour, admin.InRing(stats), f.replicaPoints)
	return placement, flavour, err
}

func (f *placing) flavourOf(m *wire.MembershipStats) (wire.Flavour, error) {
	if f.flavour != "" {
		flavour, err := wire.ParseFlavour(f.flavour)
		if err != nil {
			return 0, cli.Usage(err)
		}
		return flavour, nil
	}
	flavour, err := admin.FlavourOf(m)
	if errors.Is(err, admin.ErrFlavour) {
		return 0, fmt.Errorf("%w, so the places on the ring cannot be told. If the members had just changed, try again; else give --checksum", err)
	}
	return flavour, err
}
