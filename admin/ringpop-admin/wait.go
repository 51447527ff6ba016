package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
)

// waitPause is the time between two looks of wait.
const waitPause = 250 * time.Millisecond

var errNothingToWaitFor = usagef("--converged or --members is required")

func newWait(p *program) *cobra.Command {
	var converged bool
	var members int
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "wait --converged [options] DISCOVERY_URI...",
		Short: "Wait until a cluster is at rest",
		Long: "Wait ends with exit code 0 as soon as the cluster is at rest: every member that is\n" +
			"not held down answers, all agree, and none is suspect; with --members, exactly so\n" +
			"many are alive. It ends with exit code 1 when that takes longer than the timeout,\n" +
			"and says what was missing among those that answered, and how many did not. Members\n" +
			"that are held down are not waited for; wait says how many there were. Nodes that\n" +
			"are not there yet are waited for.\n" + discoveryHelp,
		Example: "  ringpop-admin wait --converged --members 4 --timeout 30s 127.0.0.1:3000 && deploy",
		RunE: func(cmd *cobra.Command, args []string) error {
			where, err := parseDiscoveries(args)
			switch {
			case err != nil:
				return err
			case !converged && members == 0:
				return errNothingToWaitFor
			case members < 0:
				return usagef("--members must not be less than 0")
			case timeout <= 0:
				return usagef("--timeout must be more than 0")
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
	began := time.Now()
	// A look ends by then, too, and is judged by those that answered.
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var missing error
	cluster := new(admin.Cluster)
	for {
		seen, err := p.look(within, where)
		if err == nil {
			err = admin.Converged(seen, members)
		}
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && missing != nil && within.Err() != nil:
			// Cut short, the last look knows less than the one before.
		case seen != nil:
			cluster, missing = seen, err
		default:
			missing = err
		}
		if missing != nil && pause(within, waitPause) == nil {
			continue
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return p.endWait(cluster, time.Since(began), timeout, missing)
	}
}

// endWait says what came of waiting.
func (p *program) endWait(cluster *admin.Cluster, waited, timeout time.Duration, missing error) error {
	text := ""
	if missing != nil {
		text = message(missing)
	}
	err := p.write(
		func() string { return "" },
		func() any { return render.NewWaitJSON(cluster, waited, text) })
	switch {
	case err != nil:
		return err
	case missing != nil:
		return fmt.Errorf("waited %v: %s", timeout, text)
	}
	p.report(render.NotAnswered(cluster))
	return nil
}
