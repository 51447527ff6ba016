package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/netlab"
)

// programs are what clusters are made of: the letters o and g stand for nodes of
// ringmend and ringpop-go. The pattern is repeated over the hosts, of which the
// first half is cut off from the second.
var programs = map[string]string{
	"ours":       "o",
	"ringpop-go": "g",
	"alternate":  "og",
	"halves":     "", // ringmend on one side, ringpop-go on the other
	"one-in-ten": "oggggggggg",
}

type options struct {
	nodes, first, runs int
	cut, limit         time.Duration
	dialsAfter         time.Duration
	programs, kinds    []string
}

func main() {
	os.Exit(completion().Main("splits:", os.Args[1:], os.Stdout, os.Stderr, run))
}

func (o *options) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("splits", pflag.ContinueOnError)
	f.IntVar(&o.nodes, "nodes", 4, "`N` nodes, from 2 to 250")
	f.IntVar(&o.first, "first", 0, "cut the first `N` off from the others (default half of them)")
	f.IntVar(&o.runs, "runs", 3, "`N` runs of each")
	f.DurationVar(&o.cut, "for", 20*time.Second, "how long a cut lasts")
	f.DurationVar(&o.dialsAfter, "dials-after", 0, "count the connections tried across the cut from this long after it (default from when each side holds the other faulty)")
	f.DurationVar(&o.limit, "limit", 5*time.Minute, "how long to wait for the healing")
	f.StringSliceVar(&o.programs, "programs", []string{"ours"}, "which clusters: ours, ringpop-go, alternate, halves (ours on one side), one-in-ten (of ours)")
	f.StringSliceVar(&o.kinds, "kinds", []string{"reset", "drop"}, "what becomes of packets: reset, drop")
	cli.AddVersion(f)
	return f
}

// completion is the program as the shell completes it.
func completion() cli.Program {
	return cli.Program{Name: "splits", Flags: new(options).flags(), Values: map[string][]string{
		"programs": slices.Sorted(maps.Keys(programs)), "kinds": {string(netlab.Reset), string(netlab.Drop)},
	}}
}

func parse(args []string) (*options, error) {
	o := new(options)
	f := o.flags()
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if o.first == 0 {
		o.first = o.nodes / 2
	}
	if o.nodes < 2 || o.nodes > netlab.MaxHosts || o.first < 1 || o.first >= o.nodes || o.runs < 1 || o.cut <= 0 || o.limit <= 0 || o.dialsAfter < 0 {
		return nil, errors.New("numbers that make no sense, see --help")
	}
	for _, p := range o.programs {
		if _, ok := programs[p]; !ok {
			return nil, fmt.Errorf("unknown cluster %q, see --help", p)
		}
	}
	for _, k := range o.kinds {
		if k != string(netlab.Drop) && k != string(netlab.Reset) {
			return nil, fmt.Errorf("unknown kind %q, see --help", k)
		}
	}
	return o, nil
}

func run(args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return cli.Usage(err)
	}
	return netlab.Rerun(args, func(dir string) (string, error) {
		return dir, rig.Build(context.Background(), dir, map[string]string{"o": rig.Testpop, "g": rig.RingpopGoTestpop})
	}, func(dir string) error { return measure(o, dir, out) })
}
