package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/internal/cli"
)

// kind is what a cluster is made of.
type kind struct {
	mixed bool
	args  []string // of our nodes
}

var kinds = map[string]kind{
	"adaptive":       {false, []string{"--detection=adaptive"}},
	"fixed":          {false, []string{"--detection=ringpop"}},
	"mixed-adaptive": {true, []string{"--detection=adaptive"}},
	"mixed-fixed":    {true, []string{"--detection=ringpop"}},
}

type options struct {
	nodes       int
	stopped     []int
	clusters    []string
	total, stop time.Duration
	gap         time.Duration
}

func main() {
	os.Exit(completion().Main("stopped:", os.Args[1:], os.Stdout, os.Stderr, run))
}

func (o *options) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("stopped", pflag.ContinueOnError)
	f.IntVar(&o.nodes, "nodes", 30, "`N` nodes, from 3 to 200")
	f.IntSliceVar(&o.stopped, "stopped", []int{1, 4, 8, 16}, "how many of them are stopped, `N,...`")
	f.StringSliceVar(&o.clusters, "clusters", []string{"adaptive", "fixed"}, "which clusters: adaptive, fixed (ours), mixed-adaptive, mixed-fixed (every second one of ringpop-go)")
	f.DurationVar(&o.total, "for", time.Minute, "how long it goes on for each")
	f.DurationVar(&o.stop, "stop", 8*time.Second, "how long they are stopped each time")
	f.DurationVar(&o.gap, "run", 64*time.Millisecond, "how long they run between two stops")
	cli.AddVersion(f)
	return f
}

// completion is the program as the shell completes it.
func completion() cli.Program {
	return cli.Program{Name: "stopped", Flags: new(options).flags(), Values: map[string][]string{"clusters": slices.Sorted(maps.Keys(kinds))}}
}

func parse(args []string) (*options, error) {
	o := new(options)
	if err := o.flags().Parse(args); err != nil {
		return nil, err
	}
	switch {
	case o.nodes < 3 || o.nodes > 200:
		return nil, errors.New("nodes must be from 3 to 200")
	case len(o.stopped) == 0 || slices.Min(o.stopped) < 0 || slices.Max(o.stopped) > o.nodes-2:
		return nil, errors.New("at least two nodes must never be stopped")
	case o.total <= 0 || o.stop <= 0 || o.gap <= 0:
		return nil, errors.New("times must be positive")
	}
	for _, c := range o.clusters {
		if _, ok := kinds[c]; !ok {
			return nil, fmt.Errorf("no cluster %q, see --help", c)
		}
	}
	return o, nil
}

func run(args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return cli.Usage(err)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	dir, err := os.MkdirTemp("", "ringmend-stopped-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := rig.Build(ctx, dir, map[string]string{ours: rig.Testpop, ringpopGo: rig.RingpopGoTestpop}); err != nil {
		return err
	}
	return o.measure(ctx, dir, out)
}

// measure prints a row for each cluster and number of stopped nodes.
func (o *options) measure(ctx context.Context, dir string, out io.Writer) error {
	fmt.Fprintf(out, "| cluster | stopped | %s |\n|---|---|---|---|---|---|---|---|---|\n", header)
	for _, name := range o.clusters {
		for _, stopped := range o.stopped {
			fmt.Fprintf(os.Stderr, "%s, %d of %d stopped, for %v\n", name, stopped, o.nodes, o.total)
			v, err := o.once(ctx, dir, kinds[name], stopped)
			if err != nil {
				return fmt.Errorf("%s, %d stopped: %w", name, stopped, err)
			}
			fmt.Fprintf(out, "| %s | %d of %d | %s |\n", name, stopped, o.nodes, v.row(kinds[name].mixed))
		}
	}
	_, err := fmt.Fprintf(out, "\nOn %d CPUs; load averages at the end: %s\n", runtime.NumCPU(), rig.Loads())
	return err
}

// once makes a cluster, stops some of its nodes again and again, and returns the verdicts
// about the others.
func (o *options) once(ctx context.Context, dir string, k kind, stopped int) (*verdicts, error) {
	c := &cluster{dir: dir, verdicts: &verdicts{stopped: stopped}}
	defer c.close()
	if err := c.start(o.nodes, k); err != nil {
		return nil, err
	}
	if err := c.agree(ctx); err != nil {
		return nil, err
	}
	c.verdicts.begin()
	for end := time.Now().Add(o.total); time.Now().Before(end); {
		for _, then := range []struct {
			signal syscall.Signal
			wait   time.Duration
		}{{syscall.SIGSTOP, o.stop}, {syscall.SIGCONT, o.gap}} {
			for _, n := range c.nodes[:stopped] {
				if err := n.process.Signal(then.signal); err != nil {
					return nil, err
				}
			}
			if err := rig.Pause(ctx, then.wait); err != nil {
				return nil, err
			}
		}
	}
	return c.verdicts, nil
}
