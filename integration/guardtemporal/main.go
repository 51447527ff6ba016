package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/integration/netlab"
	"github.com/ringmend/ringmend/internal/cli"
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

// programs tells the process in the namespaces where the programs are.
const programs = "RINGMEND_GUARDTEMPORAL"

func run(args []string, out io.Writer) error {
	o := new(options)
	f := o.flags()
	if err := f.Parse(args); err != nil {
		return cli.Usage(err)
	}
	if f.NArg() > 0 || o.cut <= 0 || o.limit <= 0 || o.rate < 1 || o.runs < 1 {
		return cli.Usage(errors.New("options that make no sense, see --help"))
	}
	if netlab.Inside() {
		return study(o, os.Getenv(programs), out)
	}
	if err := netlab.Missing(); err != nil {
		return err
	}
	dir, err := build(context.Background())
	if err != nil {
		return err
	}
	return netlab.Again(args, programs+"="+dir)
}

// study runs a cluster without and with the guard, and prints a table.
func study(o *options, dir string, out io.Writer) error {
	network, err := netlab.New(2)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "| guard | one ring after | workflows started | failed to start | not completed | slower than 1 s | slowest | shards acquired, from the cut to one ring | in the 30 s after |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|")
	for range o.runs {
		for _, guarded := range []bool{false, true} {
			c := &cluster{options: o, dir: dir, network: network, guarded: guarded}
			err := c.run()
			c.stop()
			if err != nil {
				err = fmt.Errorf("%w\n%s", err, c.tail())
			}
			if err := errors.Join(err, os.RemoveAll(c.data)); err != nil {
				return err
			}
			fmt.Fprintln(out, c.row())
		}
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		fmt.Fprintf(out, "\nCut for %v, %d workflows a second; load averages at the end: %s\n", o.cut, o.rate, strings.Join(strings.Fields(string(load))[:3], ", "))
	}
	return nil
}
