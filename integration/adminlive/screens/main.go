package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/integration/adminlive"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/netlab"
)

// patience is how long a machine gets for what is waited for.
const patience = time.Minute

func main() {
	p := cli.Program{Name: "screens", Flags: flags(new(string))}
	os.Exit(p.Main("screens:", os.Args[1:], os.Stdout, os.Stderr, run))
}

// labPrograms carries the programs into the namespaces.
const labPrograms = "RINGMEND_SCREENS_PROGRAMS"

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
	if netlab.Inside() {
		return shoot(out)
	}
	if err := adminlive.Missing(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "ringmend-screens-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	programs, err := build(dir)
	if err != nil {
		return err
	}
	return netlab.Again(args, labPrograms+"="+programs)
}

// build builds the programs and returns where they are.
func build(dir string) (string, error) {
	const module = "github.com/ringmend/ringmend/"
	built := map[string]string{}
	for _, program := range []string{"admin/ringpop-admin", "tools/make_partition", "node/testpop"} {
		built[program] = filepath.Join(dir, filepath.Base(program))
		if out, err := exec.Command("go", "build", "-o", built[program], module+program).CombinedOutput(); err != nil {
			return "", fmt.Errorf("build %s: %w\n%s", program, err, out)
		}
	}
	p := adminlive.Programs{Admin: built["admin/ringpop-admin"], Partition: built["tools/make_partition"]}
	for range 5 {
		p.Nodes = append(p.Nodes, built["node/testpop"])
	}
	data, err := json.Marshal(p)
	return string(data), err
}
