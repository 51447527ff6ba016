package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

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

// program tells the process in the namespaces where testpop is.
const program = "RINGMEND_SIMREAL_TESTPOP"

func run(args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return cli.Usage(err)
	}
	if netlab.Inside() {
		return compare(o, os.Getenv(program), out)
	}
	if err := netlab.Missing(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "ringmend-simreal-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	testpop := filepath.Join(dir, "testpop")
	if out, err := exec.Command("go", "build", "-o", testpop, "github.com/ringmend/ringmend/node/testpop").CombinedOutput(); err != nil {
		return fmt.Errorf("build testpop: %w\n%s", err, out)
	}
	return netlab.Again(args, program+"="+testpop)
}
