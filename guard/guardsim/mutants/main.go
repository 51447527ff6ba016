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
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/internal/cli"
)

type options struct {
	seeds int
	only  string
}

func (o *options) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("mutants", pflag.ContinueOnError)
	f.IntVar(&o.seeds, "seeds", 30, "`N` histories of each kind")
	f.StringVar(&o.only, "only", "", "only mutants whose name matches this regular expression")
	cli.AddVersion(f)
	return f
}

func main() {
	p := cli.Program{Name: "mutants", Flags: new(options).flags()}
	os.Exit(p.Main("mutants:", os.Args[1:], os.Stdout, os.Stderr, run))
}

func run(args []string, out io.Writer) error {
	o := new(options)
	f := o.flags()
	if err := f.Parse(args); err != nil {
		return cli.Usage(err)
	}
	only, err := regexp.Compile(o.only)
	if err != nil || f.NArg() > 0 || o.seeds < 1 {
		return cli.Usage(errors.New("options that make no sense, see --help"))
	}
	dir, err := os.MkdirTemp("", "ringmend-mutants-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "mutant\ttakes away\tnoticed by")
	var missed []string
	for _, m := range mutants {
		if !only.MatchString(m.name) {
			continue
		}
		noticed, err := o.try(context.Background(), m, dir)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		if !slices.Contains(noticed, m.breaks) {
			missed = append(missed, m.name)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", m.name, m.what, strings.Join(noticed, ", "))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if len(missed) > 0 {
		return fmt.Errorf("not noticed: %s", strings.Join(missed, ", "))
	}
	return nil
}

const mutated = "github.com/ringmend/ringmend/guard/plan"

// try runs the histories with a mutant, and returns the invariants that were violated.
func (o *options) try(ctx context.Context, m mutant, dir string) (noticed []string, err error) {
	overlay, err := m.write(ctx, dir)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-timeout=1h", "-overlay="+overlay, "-run="+m.tests(),
		"github.com/ringmend/ringmend/guard/guardsim")
	cmd.Env = append(os.Environ(), "SIM_SEEDS="+strconv.Itoa(o.seeds))
	text, err := cmd.CombinedOutput()
	if err == nil {
		return nil, nil
	}
	for _, match := range regexp.MustCompile(`(?m)violated: ([\w-]+):`).FindAllSubmatch(text, -1) {
		noticed = append(noticed, string(match[1]))
	}
	if len(noticed) == 0 {
		return nil, fmt.Errorf("%w\n%s", err, text)
	}
	slices.Sort(noticed)
	return slices.Compact(noticed), nil
}

// write writes the changed file, and the overlay that puts it in place of the real one.
func (m *mutant) write(ctx context.Context, dir string) (overlay string, err error) {
	where, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", mutated).Output()
	if err != nil {
		return "", fmt.Errorf("find %s: %w", mutated, err)
	}
	original := filepath.Join(strings.TrimSpace(string(where)), m.file)
	text, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(text), m.from); n != 1 {
		return "", fmt.Errorf("%s has %d times, not once: %s", m.file, n, m.from)
	}
	changed := strings.Replace(string(text), m.from, m.to, 1)
	copied := filepath.Join(dir, m.name+".go")
	if err := os.WriteFile(copied, []byte(changed), 0o600); err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": {original: copied}})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, m.name+".json")
	return overlay, os.WriteFile(overlay, list, 0o600)
}
