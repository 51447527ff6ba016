package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

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

// variable tells the process in the namespaces where the programs are.
const variable = "RINGMEND_GUARDTEMPORAL"

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
		var p programs
		if err := json.Unmarshal([]byte(os.Getenv(variable)), &p); err != nil {
			return err
		}
		return study(o, p, out)
	}
	if err := netlab.Missing(); err != nil {
		return err
	}
	p, err := build(context.Background())
	if err != nil {
		return err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return netlab.Again(args, variable+"="+string(text))
}

// build builds the programs; the guard goes beside the load.
func build(ctx context.Context) (*programs, error) {
	built, err := temporal.Build(ctx, false, os.Stderr)
	if err != nil {
		return nil, err
	}
	guard := filepath.Join(filepath.Dir(built.Load), "ringmend-guard")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", guard, "github.com/ringmend/ringmend/guard/ringmend-guard").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the guard: %w\n%s", err, out)
	}
	return &programs{*built, guard}, nil
}

// study runs a cluster without and with the guard, and prints a table.
func study(o *options, p programs, out io.Writer) error {
	network, err := netlab.New(temporal.Hosts)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "| guard | one ring after | workflows started | failed to start | not completed | slower than 1 s | slowest | shards acquired, from the cut to one ring | in the 30 s after |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|")
	for range o.runs {
		for _, guarded := range []bool{false, true} {
			c := &cluster{options: o, programs: p, network: network, guarded: guarded}
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
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		fmt.Fprintf(out, "\nCut for %v, %d workflows a second; load averages at the end: %s\n", o.cut, o.rate, strings.Join(strings.Fields(string(load))[:3], ", "))
	}
	return nil
}
