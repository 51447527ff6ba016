package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

const defaultMonitor = seconds(time.Second)

func newMonitor(p *program) *cobra.Command {
	every := defaultMonitor
	cmd := &cobra.Command{
		Use:   "monitor [options] NODE",
		Short: "Print what changes in the membership of one node, as it happens",
		Long: "Monitor asks one node for its members every second and prints a line for each that\n" +
			"has come, has changed or was forgotten; first those that are not alive. What changes\n" +
			"and changes back between two looks is not seen. It goes on while the node does not\n" +
			"answer, until it is interrupted. It works with any Ringpop program.",
		Example: "  ringpop-admin monitor 127.0.0.1:3000",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("one node is expected, not %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			node, err := parseNode(args[0])
			if err != nil {
				return err
			}
			return p.monitor(cmd.Context(), node, time.Duration(every))
		},
	}
	cmd.Flags().VarP(&every, "watch", "w", "how often to look")
	return cmd
}

func (p *program) monitor(ctx context.Context, node wire.Address, every time.Duration) error {
	client, err := p.client()
	if err != nil {
		return err
	}
	m := monitor{program: p, client: client, node: node}
	if err := m.look(ctx); err != nil {
		return p.oneError(node, err)
	}
	p.watch(ctx, every, m.look)
	return nil
}

// monitor is what a node held when it was last asked.
type monitor struct {
	*program
	client *admin.Client
	node   wire.Address
	before []wire.Member
	seen   bool
}

// look asks the node, and writes what has changed.
func (m *monitor) look(ctx context.Context) error {
	stats, err := m.client.Stats(ctx, m.node)
	if err != nil {
		return err
	}
	changes := render.Changes(m.before, stats.Membership.Members)
	if !m.seen {
		changes = notAlive(changes)
	}
	m.before, m.seen = stats.Membership.Members, true
	now := time.Now()
	if m.json {
		for _, c := range changes {
			c.Time, c.Node = now.UTC().Format(time.RFC3339Nano), m.node
			if err := m.write(nil, func() any { return c }); err != nil {
				return err
			}
		}
		return nil
	}
	return m.write(func() string { return render.ChangeLines(now.Format(render.Clock), changes) }, nil)
}

func notAlive(changes []render.ChangeJSON) (rest []render.ChangeJSON) {
	for _, c := range changes {
		if c.After != wire.Alive.String() {
			rest = append(rest, c)
		}
	}
	return rest
}
