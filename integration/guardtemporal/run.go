package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/ringmend/ringmend/integration/nodelab"
	"github.com/ringmend/ringmend/integration/temporal"
	"github.com/ringmend/ringmend/internal/netlab"
	"github.com/ringmend/ringmend/internal/proc"
)

// cluster is a Temporal cluster that is cut once, and what became of it.
type cluster struct {
	*temporal.Cluster
	*options
	programs
	network *netlab.Network
	guarded bool

	guard     *proc.Process
	guardSays proc.Tail
	took      time.Duration // from the end of the cut to one ring
	healed    bool
	acquired  int // shards, from the cut to one ring
	later     int // in the time after
	total     temporal.Second
}

// settle is how long the cluster runs before the cut.
const settle = 10 * time.Second

func (c *cluster) run() (err error) {
	if c.Cluster, err = temporal.New(c.network); err != nil {
		return err
	}
	if err := c.Start([...]string{c.Stock, c.Stock}); err != nil {
		return err
	}
	began := time.Now()
	load, err := c.StartLoad(c.Load, 0, c.rate, 0)
	if err != nil {
		return err
	}
	if c.guarded {
		args := append([]string{"--mode=heal"}, c.Ring()...)
		if c.guard, err = proc.Start(proc.Spec{Path: c.Guard, Args: args, Output: proc.To(&c.guardSays)}); err != nil {
			return err
		}
	}
	time.Sleep(settle)
	if err := c.cutAndMend(); err != nil {
		return err
	}
	time.Sleep(time.Until(began.Add(settle + c.cut + c.limit)))
	seconds, err := load.Stop()
	if err != nil {
		return err
	}
	c.total = temporal.Sum(seconds, began, time.Now())
	return nil
}

func (c *cluster) cutAndMend() error {
	before := c.shards()
	if err := c.network.Cut(netlab.Reset, []int{0}, []int{1}); err != nil {
		return err
	}
	time.Sleep(c.cut)
	if err := c.network.Mend(); err != nil {
		return err
	}
	took, err := c.Await(c.limit, temporal.Whole)
	if err != nil && !errors.Is(err, nodelab.ErrLimit) {
		return err
	}
	c.took, c.healed = took, err == nil
	healed := c.shards()
	time.Sleep(30 * time.Second)
	c.acquired, c.later = healed-before, c.shards()-healed
	return nil
}

// shards counts the shards that were acquired, as the history services say.
func (c *cluster) shards() int { return c.CountInLogs("history", "Acquired shard") }

// stop ends everything.
func (c *cluster) stop() error {
	if c.guard != nil {
		c.guard.Kill()
		fmt.Fprint(os.Stderr, c.guardSays.String())
	}
	if c.Cluster == nil {
		return nil
	}
	return c.Stop()
}

func (c *cluster) row() string {
	guard, took := "none", fmt.Sprintf("not in %v", c.limit)
	if c.guarded {
		guard = "between"
	}
	if c.healed {
		took = fmt.Sprintf("%.1f s", c.took.Seconds())
	}
	t := c.total
	return "| " + strings.Join([]string{guard, took, fmt.Sprint(t.Started), fmt.Sprint(t.Failed), fmt.Sprint(t.Unfinished), fmt.Sprint(t.Slow),
		fmt.Sprintf("%.1f s", t.Worst), fmt.Sprint(c.acquired), fmt.Sprint(c.later)}, " | ") + " |"
}
