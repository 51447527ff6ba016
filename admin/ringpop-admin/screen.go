package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/admin/tui"
	"github.com/ringmend/ringmend/node/wire"
)

// screen is what a command shows when it takes the terminal.
type screen struct {
	run   func(context.Context, tcell.Screen, tui.Options) error
	name  string
	every time.Duration
	rows  int
	file  string // for dumps
}

var errNoTerminal = errors.New("this needs a terminal. Use top -R or partitions instead")

func dumpFileFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVarP(file, "dump-file", "d", "ringpop-admin-stats.dump", "the file that the key d appends to")
}

// open shows a screen until it is left.
func (p *program) open(ctx context.Context, s screen, args []string, where admin.Discoveries) error {
	switch {
	case p.json:
		return usagef("%s is a screen and has no JSON. Use top -R or partitions instead", s.name)
	case p.newScreen == nil:
		return errNoTerminal
	}
	terminal, err := p.newScreen()
	if err != nil {
		return fmt.Errorf("using the terminal: %w", err)
	}
	// Made now: what follows asks for it from several goroutines.
	client, err := p.client()
	if err != nil {
		return err
	}
	return s.run(ctx, terminal, tui.Options{
		Title: strings.Join(args, " "),
		Look:  p.follow(where),
		Every: s.every,
		Brief: func(ctx context.Context, nodes []wire.Address) []admin.Briefing {
			return admin.Briefs(ctx, client, nodes, p.concurrency)
		},
		Resolve: func(ctx context.Context, cluster *admin.Cluster) (string, error) {
			list, err := p.resolversOf(ctx, cluster)
			return render.Resolvers(list, true), err
		},
		Orders: p.screenOrders(client, where),
		Rows:   s.rows,
		Dump: func(cluster *admin.Cluster, at time.Time) (string, error) {
			return s.file, record(s.file, cluster, at)
		},
		Colour: os.Getenv("NO_COLOR") == "",
	})
}

// follow returns a function that asks the cluster. Once that succeeded, hosts that
// cannot be read any more do not matter: there are the members that were listed.
func (p *program) follow(where admin.Discoveries) func(context.Context, func(asked, known int)) (*admin.Cluster, error) {
	succeeded := false
	return func(ctx context.Context, report func(asked, known int)) (*admin.Cluster, error) {
		hosts, err := where.Hosts()
		if err != nil && !succeeded {
			return nil, err
		}
		cluster, err := p.crawl(ctx, hosts, report)
		succeeded = succeeded || err == nil
		return cluster, err
	}
}
