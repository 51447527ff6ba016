package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/admin/whatif"
	"github.com/ringmend/ringmend/node/wire"
)

func newResolve(p *program) *cobra.Command {
	var every seconds
	var quiet bool
	var whatIf string
	cmd := &cobra.Command{
		Use:   "resolve [options] DISCOVERY_URI...",
		Short: "Show which nodes serve, and what their resolvers think",
		Long: "Resolve prints a row for each node: whether it serves keys, the state of its split\n" +
			"brain resolver, how it counts its own side and the others, and why. Settings that\n" +
			"differ between nodes are reported: with them two sides may both serve.\n\n" +
			"--what-if 'A,B | C' says what would become of each part if the cluster was split so\n" +
			"now. Members that are in no part count as crashed.\n" + discoveryHelp,
		Example: "  ringpop-admin resolve 127.0.0.1:3000\n" +
			"  ringpop-admin resolve --what-if '127.0.0.1:3000 | 127.0.0.1:3001' 127.0.0.1:3000",
		Args: cobra.ArbitraryArgs,
		RunE: at(func(ctx context.Context, where admin.Discoveries) error {
			show := func(ctx context.Context) error { return p.showResolvers(ctx, where, !quiet) }
			if whatIf != "" {
				parts, err := parseParts(whatIf)
				if err != nil {
					return err
				}
				show = func(ctx context.Context) error { return p.showWhatIf(ctx, where, parts) }
			}
			return p.showEvery(ctx, every, show)
		}),
	}
	cmd.Flags().VarP(&every, "wait", "w", "repeat every so many seconds, until interrupted")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print no header")
	cmd.Flags().StringVar(&whatIf, "what-if", "", "say what would become of `PARTS`, such as 'A,B | C'")
	cmd.AddCommand(newWriteOff(p), newKeep(p))
	return cmd
}

// parseParts reads parts of a cluster: members with commas between them, and | between parts.
func parseParts(text string) ([][]wire.Address, error) {
	var parts [][]wire.Address
	for part := range strings.SplitSeq(text, "|") {
		var members []wire.Address
		for name := range strings.SplitSeq(part, ",") {
			member, err := parseNode(strings.TrimSpace(name))
			if err != nil {
				return nil, usagef("--what-if: %v", err)
			}
			members = append(members, member)
		}
		parts = append(parts, members)
	}
	return parts, nil
}

func (p *program) resolvers(ctx context.Context, where admin.Discoveries) (*admin.Cluster, []admin.Resolver, error) {
	cluster, err := p.lookWithProgress(ctx, where)
	if err != nil {
		return nil, nil, err
	}
	list, err := p.resolversOf(ctx, cluster)
	return cluster, list, err
}

// resolversOf asks the nodes of a cluster about their resolvers.
func (p *program) resolversOf(ctx context.Context, cluster *admin.Cluster) ([]admin.Resolver, error) {
	client, err := p.client()
	if err != nil {
		return nil, err
	}
	list := admin.Resolvers(ctx, client, cluster, p.concurrency)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return list, nil
}

func (p *program) showResolvers(ctx context.Context, where admin.Discoveries, header bool) error {
	cluster, list, err := p.resolvers(ctx, where)
	if err != nil {
		return err
	}
	return p.print(cluster,
		func() string { return render.Resolvers(list, header) },
		func() any { return render.NewResolversJSON(list) })
}

func (p *program) showWhatIf(ctx context.Context, where admin.Discoveries, parts [][]wire.Address) error {
	_, list, err := p.resolvers(ctx, where)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(r admin.Resolver) bool { return r.Status != nil && r.Status.State != wire.ResolverOff })
	if i < 0 {
		return admin.ErrNoResolver
	}
	outcome, err := whatif.IfSplit(list[i].Status, parts)
	if err != nil {
		return fmt.Errorf("--what-if: %w", err)
	}
	return p.write(
		func() string { return render.WhatIf(outcome) },
		func() any { return render.NewWhatIfJSON(outcome) })
}

func newWriteOff(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "write-off [options] ADDRESS DISCOVERY_URI...",
		Short: "Make all nodes stop missing a member that will not come back",
		Long: "Write-off tells every node that answers to stop missing a member. Nodes that are\n" +
			"fenced serve once they miss no member. If the member lives on somewhere else and serves,\n" +
			"the same keys have two owners: make sure that it is down for good.\n" + discoveryHelp,
		Example: "  ringpop-admin resolve write-off 10.0.0.9:3000 10.0.0.1:3000",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef("an address and where to find the cluster are required")
			}
			member, err := parseNode(args[0])
			if err != nil {
				return err
			}
			where, err := parseDiscoveries(args[1:])
			if err != nil {
				return err
			}
			if err := p.confirm("Is %s down for good? If it serves somewhere else, keys get two owners.", member); err != nil {
				return err
			}
			return p.writeOff(cmd.Context(), member, where)
		},
	}
}

func (p *program) writeOff(ctx context.Context, member wire.Address, where admin.Discoveries) error {
	cluster, err := p.lookWithProgress(ctx, where)
	if err != nil {
		return err
	}
	client, err := p.client()
	if err != nil {
		return err
	}
	outcome := struct {
		Member  wire.Address   `json:"member"`
		Missed  []wire.Address `json:"missedBy"`
		Refused []string       `json:"refused"`
	}{member, []wire.Address{}, []string{}}
	for _, n := range cluster.Nodes {
		if n.Err != nil || n.Address == member {
			continue
		}
		switch missed, err := client.WriteOff(ctx, n.Address, member); {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			outcome.Refused = append(outcome.Refused, render.Foreign(err.Error()))
		case missed:
			outcome.Missed = append(outcome.Missed, n.Address)
		}
	}
	err = p.print(cluster,
		func() string {
			text := fmt.Sprintf("%d nodes have missed %s, and do not any more\n", len(outcome.Missed), member)
			for _, refused := range outcome.Refused {
				text += "refused: " + refused + "\n"
			}
			return text
		},
		func() any { return outcome })
	if err == nil && len(outcome.Refused) > 0 {
		err = fmt.Errorf("%d nodes have refused", len(outcome.Refused))
	}
	return err
}

func newKeep(p *program) *cobra.Command {
	return newMemberCommand(p, "keep", "Make a node serve without those whom it does not reach",
		"Keep is the way out when all nodes are fenced: tell it one node of the side that is\n"+
			"to serve, and the others of that side, which agree with it, serve seconds later. If two\n"+
			"sides are told so, both serve, and the same keys have two owners.",
		"ringpop-admin resolve keep", "Is no other side of the cluster than that of %s serving, and will none be told to?",
		(*admin.Client).KeepServing)
}
