package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/integration/vector"
	"github.com/ringmend/ringmend/integration/vectors"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/node/wire"
)

type options struct {
	run           vector.Options
	list, verbose bool
	junit, json   string
}

var defaultSizes = []int{1, 2, 3, 4, 5, 6, 7, 10, 21, 25, 30}

const usage = `Runs the conformance vectors against a Ringpop program.

Usage: run --program PATH [--interpreter node] [options]

The program is started as "PATH --listen=HOST:PORT --hosts=FILE", once for each
vector and size.

`

// words are what flags say that must be looked up.
type words struct {
	program, interpreter, flavour, known, dir string
	only                                      []string
}

func flagSet(o *options, w *words) *pflag.FlagSet {
	flags := pflag.NewFlagSet("run", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.SortFlags = false
	flags.StringVar(&w.program, "program", "", "`PATH` of the program")
	flags.StringVar(&w.interpreter, "interpreter", "", "`COMMAND` that runs it, if it needs one")
	flags.StringArrayVar(&o.run.Program.Args, "arg", nil, "further argument of the program; may be repeated")
	flags.StringSliceVar(&w.only, "only", nil, "areas or `NAMES` of vectors to run (default all)")
	flags.IntSliceVar(&o.run.Sizes, "sizes", defaultSizes, "cluster sizes, the program included")
	flags.StringVar(&w.flavour, "flavour", "go", "bodies and checksum as those of `go` or node")
	flags.StringVar(&w.known, "known", "", "`NAME` of the list of known failures to apply: ours, ours-ringpop, ringpop-go or ringpop-node")
	flags.IntVar(&o.run.Parallel, "parallel", 0, "`N` vectors at once (default 6 for each processor)")
	flags.StringVar(&o.junit, "junit", "", "write the results to `FILE` in JUnit's format")
	flags.StringVar(&o.json, "json", "", "write the results to `FILE` as JSON")
	flags.StringVar(&w.dir, "vectors", "", "`DIR` with the vectors (default: those built in)")
	flags.BoolVar(&o.list, "list", false, "list the vectors and exit")
	flags.BoolVarP(&o.verbose, "verbose", "v", false, "print a line for each run")
	cli.AddVersion(flags)
	return flags
}

// completion is the program as the shell completes it.
func completion() cli.Program {
	return cli.Program{Name: "run", Flags: flagSet(new(options), new(words)), Values: map[string][]string{
		"flavour": {"go", "node"}, "known": {"ours", "ringpop-go", "ringpop-node"},
	}}
}

func parse(args []string, stdout io.Writer) (*options, error) {
	o, w := new(options), new(words)
	flags := flagSet(o, w)
	switch err := flags.Parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprint(stdout, usage, flags.FlagUsages())
		return nil, err
	case err != nil:
		return nil, err
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	var files fs.FS = vectors.Files
	if w.dir != "" {
		files = os.DirFS(w.dir)
	}
	if err := o.load(files, w.only, w.flavour, w.known); err != nil || o.list {
		return o, err
	}
	return o, o.findProgram(w.program, w.interpreter)
}

// load reads the vectors and what belongs to them.
func (o *options) load(files fs.FS, only []string, flavour, known string) (err error) {
	if o.run.Flavour, err = wire.ParseFlavour(flavour); err != nil {
		return err
	}
	if o.run.Bodies, err = vector.LoadBodies(files, flavour); err != nil {
		return err
	}
	all, err := vector.Load(files)
	if err != nil {
		return err
	}
	for _, name := range only {
		if !slices.ContainsFunc(all, func(v *vector.Vector) bool { return v.Selected([]string{name}) }) {
			return fmt.Errorf("--only: there is no area or vector named %q", name)
		}
	}
	for _, v := range all {
		if v.Selected(only) {
			o.run.Vectors = append(o.run.Vectors, v)
		}
	}
	for _, n := range o.run.Sizes {
		if n < 1 || n > 100 {
			return fmt.Errorf("--sizes: %d is not from 1 to 100", n)
		}
	}
	if known == "" {
		return nil
	}
	if o.run.Known, err = vector.LoadKnown(files, known); err != nil {
		return fmt.Errorf("--known: %w", err)
	}
	if unused := o.run.Known.Unused(all); len(unused) > 0 {
		return fmt.Errorf("known.json names vectors that do not exist: %s", strings.Join(unused, ", "))
	}
	return nil
}

func (o *options) findProgram(program, interpreter string) error {
	if program == "" {
		return errors.New("--program is required")
	}
	info, err := os.Stat(program)
	if err != nil {
		return fmt.Errorf("--program: %w", err)
	}
	if info.IsDir() {
		return fmt.Errorf("--program: %s is a directory", program)
	}
	// A bare name would be looked for in the PATH.
	if program, err = filepath.Abs(program); err != nil {
		return fmt.Errorf("--program: %w", err)
	}
	o.run.Program.Command = []string{program}
	if interpreter == "" {
		return nil
	}
	path, err := exec.LookPath(interpreter)
	if err != nil {
		return fmt.Errorf("--interpreter: %w", err)
	}
	o.run.Program.Command = []string{path, program}
	return nil
}
