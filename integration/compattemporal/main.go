package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/integration/temporal"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/netlab"
)

type options struct {
	cut    time.Duration
	limit  time.Duration
	around time.Duration
	rate   int
	runs   int
	only   string
}

func (o *options) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("compattemporal", pflag.ContinueOnError)
	f.DurationVar(&o.cut, "for", 25*time.Second, "how long the cut lasts")
	f.DurationVar(&o.limit, "limit", 2*time.Minute, "how long to wait until the ring agrees")
	f.DurationVar(&o.around, "around", 10*time.Second, "how long the load runs before and after what happens")
	f.IntVar(&o.rate, "rate", 5, "`N` workflows a second")
	f.IntVar(&o.runs, "runs", 1, "`N` runs of everything")
	f.StringVar(&o.only, "only", "", "only the rings whose name matches this regular expression: stock, ringmend, both, rolling")
	cli.AddVersion(f)
	return f
}

func main() {
	p := cli.Program{Name: "compattemporal", Flags: new(options).flags()}
	os.Exit(p.Main("compattemporal:", os.Args[1:], os.Stdout, os.Stderr, run))
}

func run(args []string, out io.Writer) error {
	o := new(options)
	f := o.flags()
	if err := f.Parse(args); err != nil {
		return cli.Usage(err)
	}
	only, err := regexp.Compile(o.only)
	if err != nil || f.NArg() > 0 || o.cut <= 0 || o.limit <= 0 || o.around < time.Second || o.rate < 1 || o.rate > 1000 || o.runs < 1 {
		return cli.Usage(errors.New("options that make no sense, see --help"))
	}
	return netlab.Rerun(args, func(string) (*temporal.Programs, error) {
		return temporal.Build(context.Background(), true, os.Stderr)
	}, func(programs *temporal.Programs) error { return o.all(programs, only, out) })
}

// all runs the clusters, and prints a table.
func (o *options) all(p *temporal.Programs, only *regexp.Regexp, out io.Writer) error {
	network, err := netlab.New(temporal.Hosts)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Completed of the workflows started, and the slowest of them; \"before\" and \"after\" are %v each.\n\n", o.around)
	fmt.Fprintln(out, "| ring of | what happens | the ring agrees after | before | until then | after |\n|---|---|---|---|---|---|")
	for range o.runs {
		for _, r := range rings(p) {
			if !only.MatchString(r.name) {
				continue
			}
			t := &trial{options: o, ring: r, network: network}
			if err := t.run(p); err != nil {
				return fmt.Errorf("ring of %s: %w", r.name, err)
			}
			for i := range t.rows {
				fmt.Fprintln(out, t.rows[i].text(r.name, t.seconds))
			}
		}
	}
	fmt.Fprintf(out, "\nTemporal server %s, %d workflows a second; load averages at the end: %s\n", temporal.Server, o.rate, rig.Loads())
	return nil
}
