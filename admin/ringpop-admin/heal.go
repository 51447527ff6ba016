package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

const (
	// healTimeout is for nodes that try ten hosts, of which each may take a
	// second to be given up.
	healTimeout = 30 * time.Second
	// healPause lets what one heal began spread, before the next one.
	healPause = time.Second
)

var errStillPartitioned = errors.New("unable to heal partitions after multiple retries")

func newHeal(p *program) *cobra.Command {
	var tries int
	cmd := &cobra.Command{
		Use:   "heal [options] DISCOVERY_URI...",
		Short: "Merge the partitions of a cluster",
		Long: "Heal makes a node look for nodes that its partition does not reach, and merge with\n" +
			"them: the first node that can be reached, again and again until it finds none. The\n" +
			"nodes find each other through their own list of hosts. A heal may take 30 s, unless\n" +
			"--timeout says otherwise.\n" + discoveryHelp,
		Example: "  ringpop-admin heal 127.0.0.1:3000",
		RunE: func(cmd *cobra.Command, args []string) error {
			where, err := admin.ParseDiscoveries(args)
			if err != nil {
				return err
			}
			if tries < 1 {
				return errors.New("--tries must be at least 1")
			}
			if !cmd.Flags().Changed("timeout") {
				p.timeout = healTimeout
			}
			return p.heal(cmd.Context(), where, tries)
		},
	}
	cmd.Flags().IntVar(&tries, "tries", 10, "how many times to try")
	return cmd
}

func (p *program) heal(ctx context.Context, where admin.Discoveries, tries int) error {
	for try := range tries {
		if try > 0 {
			if err := pause(ctx, healPause); err != nil {
				return err
			}
		}
		answer, err := p.healOnce(ctx, where)
		switch {
		case err != nil:
			return err
		case len(answer.Targets) == 0 && answer.Error != "":
			return errors.New("the heal failed: " + render.Foreign(answer.Error))
		case len(answer.Targets) == 0:
			p.say("No known partitions left")
			return nil
		}
		p.say(fmt.Sprintf("Executed heal to %d targets", len(answer.Targets)))
		for _, target := range answer.Targets {
			p.say(" - " + string(target))
		}
		if answer.Error != "" {
			p.say("The heal was not complete: " + render.Foreign(answer.Error))
		}
	}
	return errStillPartitioned
}

func (p *program) healOnce(ctx context.Context, where admin.Discoveries) (answer *wire.HealResponse, err error) {
	err = p.firstOf(ctx, where, func(c *admin.Client, node wire.Address) error {
		answer, err = c.Heal(ctx, node)
		return err
	})
	return answer, err
}

// say prints a line with the time.
func (p *program) say(text string) {
	fmt.Fprintln(p.stdout, time.Now().Format(render.Clock), text)
}

// pause waits, or returns why ctx ended.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
