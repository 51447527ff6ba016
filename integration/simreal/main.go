package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/netlab"
)

type options struct {
	nodes     []int
	runs      int
	simulated int
	histories []string
	json      string
}

func main() {
	os.Exit(completion().Main("simreal:", os.Args[1:], os.Stdout, os.Stderr, run))
}

func (o *options) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("simreal", pflag.ContinueOnError)
	f.IntSliceVar(&o.nodes, "nodes", []int{10, 40}, "sizes of clusters, `N,...`, from 4 to 250")
	f.IntVar(&o.runs, "runs", 5, "`N` runs of each history with processes")
	f.IntVar(&o.simulated, "simulated", 20, "`N` runs of each in the simulator")
	f.StringSliceVar(&o.histories, "histories", historyNames(), "which histories, `NAME,...`")
	f.StringVar(&o.json, "json", "", "write every run to `FILE`")
	cli.AddVersion(f)
	return f
}

func historyNames() (names []string) {
	for _, h := range histories {
		names = append(names, h.name)
	}
	return names
}

// completion is the program as the shell completes it.
func completion() cli.Program {
	return cli.Program{Name: "simreal", Flags: new(options).flags(), Values: map[string][]string{"histories": historyNames()}}
}

func parse(args []string) (*options, error) {
	o := new(options)
	if err := o.flags().Parse(args); err != nil {
		return nil, err
	}
	if len(o.nodes) == 0 || slices.Min(o.nodes) < 4 || slices.Max(o.nodes) > netlab.MaxHosts {
		return nil, fmt.Errorf("nodes must be from 4 to %d", netlab.MaxHosts)
	}
	if o.runs < 1 || o.simulated < 1 {
		return nil, errors.New("there must be at least one run of each")
	}
	for _, name := range o.histories {
		if !slices.Contains(historyNames(), name) {
			return nil, fmt.Errorf("no history %q, there are %v", name, historyNames())
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
		return filepath.Join(dir, "testpop"), rig.Build(context.Background(), dir, map[string]string{"testpop": rig.Testpop})
	}, func(testpop string) error { return compare(o, testpop, out) })
}
