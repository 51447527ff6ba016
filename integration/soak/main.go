package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/internal/cli"
)

// options are those of the command line.
type options struct {
	program string
	nodes   int
	lasts   time.Duration
	seed    uint64
	dir     string
}

func main() {
	p := cli.Program{Name: "soak", Flags: new(options).flags()}
	os.Exit(p.Main("Error:", os.Args[1:], os.Stdout, os.Stderr, run))
}

func run(args []string, out io.Writer) error {
	o, err := parse(args, out)
	if err != nil {
		return cli.Usage(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return soak(ctx, o, out)
}

// flags returns the options as flags.
func (o *options) flags() *pflag.FlagSet {
	fs := pflag.NewFlagSet("soak", pflag.ContinueOnError)
	fs.StringVar(&o.program, "program", "bin/testpop", "testpop to torment")
	fs.IntVar(&o.nodes, "nodes", 30, "how many, from 5 to 200")
	fs.DurationVar(&o.lasts, "for", 10*time.Minute, "how long")
	fs.Uint64Var(&o.seed, "seed", rand.Uint64(), "of what is done when")
	fs.StringVar(&o.dir, "dir", "", "for logs; it is kept (default a temporary one, kept when something is wrong)")
	cli.AddVersion(fs)
	return fs
}

func parse(args []string, stdout io.Writer) (options, error) {
	var o options
	fs := o.flags()
	fs.SetOutput(stdout)
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	switch {
	case fs.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	case o.nodes < 5 || o.nodes > 200:
		return o, fmt.Errorf("%d nodes: from 5 to 200", o.nodes)
	case o.lasts <= 0:
		return o, errors.New("--for must be more than 0")
	}
	return o, nil
}

// soak does it all.
func soak(ctx context.Context, o options, out io.Writer) (err error) {
	keep := o.dir != ""
	if !keep {
		if o.dir, err = os.MkdirTemp("", "ringmend-soak"); err != nil {
			return err
		}
	}
	defer func() {
		if err == nil && !keep {
			err = os.RemoveAll(o.dir)
		} else if err != nil {
			fmt.Fprintf(out, "the logs are in %s\n", o.dir)
		}
	}()
	fmt.Fprintf(out, "%d nodes for %v, seed %d\n", o.nodes, o.lasts, o.seed)
	c, err := newCluster(o)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.startAll(); err != nil {
		return err
	}
	before, err := c.rest(ctx, out)
	if err != nil {
		return fmt.Errorf("before the torment: %w", err)
	}
	if err := c.torment(ctx, out); err != nil {
		return err
	}
	after, err := c.rest(ctx, out)
	if err != nil {
		return fmt.Errorf("after the torment: %w", err)
	}
	return errors.Join(after.grown(before), c.readLogs(out))
}
