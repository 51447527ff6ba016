package main

import (
	"cmp"
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
)

var errNoKey = usagef("key is required")

func newLookup(p *program) *cobra.Command {
	var key string
	cmd := &cobra.Command{
		Use:   "lookup -k KEY [options] DISCOVERY_URI...",
		Short: "Show which member owns a key",
		Long: "Lookup prints the address of the member that owns a key. While a change spreads,\n" +
			"that is the member that most nodes name; others are on stderr. On a split there is\n" +
			"no single owner.\n" + discoveryHelp,
		Example: "  ringpop-admin lookup -k user-42 127.0.0.1:3000",
		RunE: func(cmd *cobra.Command, args []string) error {
			where, err := parseDiscoveries(args)
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("key") {
				return errNoKey
			}
			return p.lookup(cmd.Context(), where, key)
		},
	}
	cmd.Flags().StringVarP(&key, "key", "k", "", "the key to look up")
	return cmd
}

func (p *program) lookup(ctx context.Context, where admin.Discoveries, key string) error {
	cluster, verdict, err := p.lookWhole(ctx, where, ". A consistent lookup cannot be provided.")
	if err != nil {
		return err
	}
	owners, err := p.owners(ctx, verdict, key)
	if err != nil {
		return err
	}
	err = p.write(
		func() string { return string(owners[0].Owner) + "\n" },
		func() any { return render.NewLookupJSON(key, owners) })
	if err != nil {
		return err
	}
	p.report(render.OtherOwners(owners) + render.Failures(cluster))
	return nil
}

// maxViews is how many views are asked for an owner, those of most nodes first.
const maxViews = 32

// owners asks a node of each view who owns a key, and returns the owners, the one that
// most nodes name first. The cluster must not be split.
func (p *program) owners(ctx context.Context, verdict *admin.Verdict, key string) ([]render.OwnerJSON, error) {
	client, err := p.client()
	if err != nil {
		return nil, err
	}
	views := []admin.Partition{*verdict.Most}
	if len(verdict.Sides) == 1 {
		views = verdict.Sides[0].Views
	}
	var owners []render.OwnerJSON
	var failed error
	for i := range views[:min(len(views), maxViews)] {
		owner, err := client.Lookup(ctx, views[i].Sample(), key)
		switch at := slices.IndexFunc(owners, func(o render.OwnerJSON) bool { return o.Owner == owner }); {
		case err != nil:
			failed = cmp.Or(failed, p.oneError(views[i].Sample(), err))
		case at >= 0:
			owners[at].Nodes += len(views[i].Nodes)
		default:
			owners = append(owners, render.OwnerJSON{Owner: owner, Nodes: len(views[i].Nodes)})
		}
	}
	if len(owners) == 0 {
		return nil, failed
	}
	slices.SortStableFunc(owners, func(a, b render.OwnerJSON) int { return cmp.Compare(b.Nodes, a.Nodes) })
	return owners, nil
}
