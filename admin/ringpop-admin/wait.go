package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
)

// waitPause is the time between two looks of wait.
const waitPause = 250 * time.Millisecond

var errNothingToWaitFor = errors.New("--converged or --members is required")

func newWait(p *program) *cobra.Command {
	var converged bool
	var members int
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "wait --converged [options] DISCOVERY_URI...",
		Short: "Wait until a cluster is at rest",
		Long: "Wait ends with exit code 0 as soon as the cluster is at rest: every member that is\n" +
			"not held down answers, all agree, and nobody is suspect; with --members, exactly so\n" +
			"many are alive. It ends with exit code 1 when that takes longer than the timeout.\n" +
			"Wait prints nothing else. Nodes that are not there yet are waited for.\n" + discoveryHelp,
		Example: "  ringpop-admin wait --converged --members 4 --timeout 30s 127.0.0.1:3000 && deploy",
		RunE: func(cmd *cobra.Command, args []string) error {
			where, err := admin.ParseDiscoveries(args)
			switch {
			case err != nil:
				return err
			case !converged && members == 0:
				return errNothingToWaitFor
			case members < 0:
				return errors.New("--members must not be less than 0")
			case timeout <= 0:
				return errors.New("--timeout must be more than 0")
			}
			return p.waitFor(cmd.Context(), where, members, timeout)
		},
	}
	cmd.Flags().BoolVar(&converged, "converged", false, "wait until all nodes agree")
	cmd.Flags().IntVar(&members, "members", 0, "how many members must be alive (default: any number)")
	// Of the name that all commands have for the time of one call: what is waited
	// for here is the cluster.
	cmd.Flags().DurationVar(&timeout, "timeout", 30*time.Second, "how long to wait")
	return cmd
}

func (p *program) waitFor(ctx context.Context, where admin.Discoveries, members int, timeout time.Duration) error {
	if _, err := where.Hosts(); err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	missing := errors.New("no node answered yet")
	for {
		cluster, err := p.look(within, where)
		if err == nil {
			err = admin.Converged(cluster, members)
		}
		if err == nil {
			return nil
		}
		if within.Err() == nil {
			missing = err
			err = pause(within, waitPause)
		}
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && within.Err() != nil:
			return fmt.Errorf("waited %v: %s", timeout, message(missing))
		}
	}
}
