package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/netlab"
)

// options are those of the command line.
type options struct {
	program     string
	stock, each bool
	nodes       int
	lasts       time.Duration
	within      time.Duration
	rests       time.Duration
	only        string
	seed        uint64
	dir         string
}

func main() {
	p := cli.Program{Name: "soak", Flags: new(options).flags(), Values: map[string][]string{"only": deedNames()}}
	os.Exit(p.Main("Error:", os.Args[1:], os.Stdout, os.Stderr, run))
}

func run(args []string, out io.Writer) error {
	o, err := parse(args, out)
	if err != nil {
		return cli.Usage(err)
	}
	missing := netlab.Missing()
	switch {
	case missing == nil && !netlab.Inside():
		return netlab.Again(args)
	case missing != nil && !netlab.Inside():
		fmt.Fprintf(out, "no cuts and no full disk: %v\n", missing)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var network *netlab.Network
	if netlab.Inside() {
		if network, err = netlab.New(o.nodes); err != nil {
			return err
		}
	}
	if o.each {
		return eachDeed(ctx, o, network, out)
	}
	return soak(ctx, o, network, out)
}

// flags returns the options as flags.
func (o *options) flags() *pflag.FlagSet {
	fs := pflag.NewFlagSet("soak", pflag.ContinueOnError)
	fs.StringVar(&o.program, "program", "bin/testpop", "testpop to torment")
	fs.BoolVar(&o.stock, "stock", false, "it is that of ringpop-go, without metrics and with other logs")
	fs.BoolVar(&o.each, "each", false, "a cluster for each deed, and a table of what became of them")
	fs.IntVar(&o.nodes, "nodes", 30, "how many, from 5 to 200")
	fs.DurationVar(&o.lasts, "for", 10*time.Minute, "how long")
	fs.DurationVar(&o.within, "within", 5*time.Minute, "how long they may take to agree afterwards")
	fs.DurationVar(&o.rests, "rest", 20*time.Second, "how long they are left alone then, before they are measured")
	fs.StringVar(&o.only, "only", "", "do nothing else to them, such as killed")
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
	case o.lasts <= 0 || o.within <= 0 || o.rests < 0:
		return o, errors.New("--for and --within must be more than 0, --rest at least 0")
	case o.only != "" && !slices.Contains(deedNames(), o.only):
		return o, fmt.Errorf("no deed %q: there are %q", o.only, deedNames())
	}
	var err error
	o.program, err = filepath.Abs(o.program)
	return o, err
}

// soak does it all.
func soak(ctx context.Context, o options, network *netlab.Network, out io.Writer) (err error) {
	keep := o.dir != ""
	if !keep {
		if o.dir, err = os.MkdirTemp("", "ringmend-soak"); err != nil {
			return err
		}
	}
	defer func() {
		if err == nil && !keep {
			// Not a disk that was mounted there: that goes with the namespace.
			err = removeLogs(o.dir)
		} else if err != nil {
			fmt.Fprintf(out, "the logs are in %s\n", o.dir)
		}
	}()
	fmt.Fprintf(out, "%d nodes for %v, seed %d\n", o.nodes, o.lasts, o.seed)
	c, err := newCluster(o, network)
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
	if o.stock {
		return after.grown(before)
	}
	return errors.Join(after.grown(before), c.readLogs(out))
}

func removeLogs(dir string) error {
	_ = syscall.Unmount(filepath.Join(dir, "disk"), syscall.MNT_DETACH) // there may be none
	return os.RemoveAll(dir)
}
