package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/integration/adminlive"
	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/netlab"
)

// patience is how long a machine gets for what is waited for.
const patience = time.Minute

func main() {
	p := cli.Program{Name: "screens", Flags: flags(new(string))}
	os.Exit(p.Main("screens:", os.Args[1:], os.Stdout, os.Stderr, run))
}

func flags(out *string) *pflag.FlagSet {
	f := pflag.NewFlagSet("screens", pflag.ContinueOnError)
	f.StringVar(out, "out", "docs/screens", "the `DIRECTORY` to write to")
	cli.AddVersion(f)
	return f
}

func run(args []string, _ io.Writer) error {
	var out string
	if err := flags(&out).Parse(args); err != nil {
		return cli.Usage(err)
	}
	return netlab.Rerun(args, build, func(p adminlive.Programs) error { return shoot(out, p) })
}

// build builds the programs.
func build(dir string) (adminlive.Programs, error) {
	if err := adminlive.Missing(); err != nil {
		return adminlive.Programs{}, err
	}
	const nodes = 5
	return adminlive.Programs{
			Admin: filepath.Join(dir, "ringpop-admin"), Partition: filepath.Join(dir, "make_partition"),
			Nodes: slices.Repeat([]string{filepath.Join(dir, "testpop")}, nodes),
		}, rig.Build(context.Background(), dir, map[string]string{
			"ringpop-admin":  "github.com/ringmend/ringmend/admin/ringpop-admin",
			"make_partition": "github.com/ringmend/ringmend/tools/make_partition",
			"testpop":        rig.Testpop,
		})
}
