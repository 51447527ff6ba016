package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/spf13/pflag"

	common "github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/output"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // something went wrong, or an invariant did not hold
	exitUsage  = 2
)

// ErrReported is wrapped by errors that have been told already.
var ErrReported = errors.New("reported")

// Usagef returns an error about the command line.
func Usagef(format string, args ...any) error { return common.Usage(fmt.Errorf(format, args...)) }

// Flags returns a set of flags whose errors are returned, in the order in which
// they are defined.
func Flags(name string) *pflag.FlagSet {
	f := pflag.NewFlagSet(name, pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.SortFlags = false
	common.AddVersion(f)
	return f
}

// Parse reads a command line of flags only. What comes beside them is an error,
// unless help is asked for.
func Parse(f *pflag.FlagSet, args []string, help *bool) error {
	if err := f.Parse(args); err != nil {
		return common.Usage(err)
	}
	if f.NArg() > 0 && !*help {
		return Usagef("unexpected argument %q", f.Arg(0))
	}
	return nil
}

// Options are those that all commands have.
type Options struct {
	Seed     uint64
	Parallel int
	Help     bool
}

// Add adds the flags, except for help, which comes last.
func (o *Options) Add(f *pflag.FlagSet) {
	f.Uint64Var(&o.Seed, "seed", 1, "`SEED` of the first run; each further run has the next one")
	f.IntVar(&o.Parallel, "parallel", runtime.GOMAXPROCS(0), "play `N` runs at once; one of 1,000 nodes takes one gigabyte, one of 10,000 nearly 8")
}

// AddHelp adds the flag that asks for help.
func (o *Options) AddHelp(f *pflag.FlagSet) {
	f.BoolVarP(&o.Help, "help", "h", false, "show this help")
}

// Validate returns an error about the first option that makes no sense.
func (o *Options) Validate() error {
	if o.Parallel < 1 || o.Parallel > 1024 {
		return Usagef("parallel must be from 1 to 1024")
	}
	return nil
}

// Main runs a program, unless its version or completion is asked for, and returns
// the exit code. The session ends by a signal.
func Main(p common.Program, run func(s *Session, args []string) error) int {
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	out := output.New(os.Stdout)
	done, err := p.Early(os.Args[1:], out, os.Stderr)
	switch {
	case err != nil:
		err = common.Usage(err)
	case !done:
		err = run(NewSession(stop, out, os.Stderr), os.Args[1:])
	}
	err = out.Check(err)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, ErrReported):
		return exitFailed
	case errors.Is(err, common.ErrUsage):
		fmt.Fprintf(os.Stderr, "Error: %v\nSee %s --help.\n", err, p.Name)
		return exitUsage
	default:
		fmt.Fprintf(os.Stderr, "Error: %v\n", err)
		return exitFailed
	}
}
