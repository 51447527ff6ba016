package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/integration/temporal"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/netlab"
)

type options struct {
	cut   time.Duration
	limit time.Duration
	rate  int
	runs  int
}

func (o *options) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("guardtemporal", pflag.ContinueOnError)
	f.DurationVar(&o.cut, "for", 25*time.Second, "how long the cut lasts")
	f.DurationVar(&o.limit, "limit", 90*time.Second, "how long to wait for one ring")
	f.IntVar(&o.rate, "rate", 5, "`N` workflows a second")
	f.IntVar(&o.runs, "runs", 1, "`N` runs without and with the guard")
	cli.AddVersion(f)
	return f
}

func main() {
	p := cli.Program{Name: "guardtemporal", Flags: new(options).flags()}
	os.Exit(p.Main("guardtemporal:", os.Args[1:], os.Stdout, os.Stderr, run))
}

// programs are the paths of what a cluster and its guard run.
type programs struct {
	temporal.Programs
	Guard string
}

func run(args []string, out io.Writer) error {
	o := new(options)
	f := o.flags()
	if err := f.Parse(args); err != nil {
		return cli.Usage(err)
	}
	if f.NArg() > 0 || o.cut <= 0 || o.limit <= 0 || o.rate < 1 || o.runs < 1 {
		return cli.Usage(errors.New("options that make no sense, see --help"))
	}
	return netlab.Rerun(args, func(dir string) (*programs, error) {
		return build(context.Background(), dir)
	}, func(p *programs) error { return study(o, p, out) })
}

// build builds the programs, the guard into a directory.
func build(ctx context.Context, dir string) (*programs, error) {
	built, err := temporal.Build(ctx, false, os.Stderr)
	if err != nil {
		return nil, err
	}
	const guard = "ringmend-guard"
	return &programs{*built, filepath.Join(dir, guard)}, rig.Build(ctx, dir, map[string]string{guard: rig.Guard})
}

// study runs a cluster without and with the guard, and prints a table.
func study(o *options, p *programs, out io.Writer) error {
	network, err := netlab.New(temporal.Hosts)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "| guard | one ring after | workflows started | failed to start | not completed | slower than 1 s | slowest | shards acquired, from the cut to one ring | in the 30 s after |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|")
	for i := range o.runs {
		for _, guarded := range []bool{false, true} {
			fmt.Fprintf(os.Stderr, "run %d of %d, guard: %t\n", i+1, o.runs, guarded)
			c := &cluster{options: o, programs: *p, network: network, guarded: guarded}
			err := c.run()
			if err != nil && c.Cluster != nil {
				err = fmt.Errorf("%w\n%s", err, c.Tail())
			}
			if err := errors.Join(err, c.stop()); err != nil {
				return err
			}
			fmt.Fprintln(out, c.row())
		}
	}
	fmt.Fprintf(out, "\nCut for %v, %d workflows a second; load averages at the end: %s\n", o.cut, o.rate, rig.Loads())
	return nil
}
