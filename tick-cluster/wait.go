package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ringmend/ringmend/tick-cluster/internal/cluster"
	"github.com/ringmend/ringmend/tick-cluster/internal/command"
	"github.com/ringmend/ringmend/tick-cluster/internal/report"
)

// shortestLook is the minimum time between two looks at the cluster. The wait is longer
// where a look takes long: looking must never be most of the work.
const shortestLook = 100 * time.Millisecond

var errNoNode = errors.New("no node is running")

// wait waits until the running nodes form the partitions that the command is for.
func (a *app) wait(c command.Command) error {
	ctx, cancel := context.WithTimeout(a.ctx, c.Time)
	defer cancel()
	begin := time.Now()
	err := errors.New("no node had the time to answer")
	for {
		look := time.Now()
		line, lookErr := a.settled(ctx, c.Partitions)
		switch {
		case lookErr == nil:
			a.screen.Log(cluster.All, "%s after %v: %s", goal(c), time.Since(begin).Round(time.Millisecond), line)
			return nil
		case errors.Is(lookErr, errNoNode):
			return lookErr
		case ctx.Err() == nil: // else it was the look that was broken off
			err = lookErr
		}
		select {
		case <-time.After(max(shortestLook, 2*time.Since(look))):
		case <-ctx.Done():
			return fmt.Errorf("waited %v in vain: %w", c.Time, err)
		}
	}
}

func goal(c command.Command) string {
	if c.Partitions == 1 {
		return "converged"
	}
	return fmt.Sprintf("%d partitions", c.Partitions)
}

func (a *app) settled(ctx context.Context, partitions int) (string, error) {
	running, _ := a.split()
	if len(running) == 0 {
		return "", errNoNode
	}
	answers := ask(ctx, running, a.admin.Stats)
	a.recordViews(checksumsOf(answers), false)
	return report.Settled(answers, a.names, partitions)
}

func (a *app) sleep(d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-a.ctx.Done():
		return context.Cause(a.ctx)
	}
}
