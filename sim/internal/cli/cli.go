// Package cli is what the commands of the simulator have in common: usage errors,
// exit codes, an end by signals, and progress.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	common "github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/sim/script"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // something went wrong, or an invariant did not hold
	exitUsage  = 2
)

// ErrUsage is wrapped by errors about a command line that is not understood.
var ErrUsage = errors.New("usage")

// ErrReported is wrapped by errors that have been told already.
var ErrReported = errors.New("reported")

type usageError struct{ error }

func (usageError) Is(target error) bool { return target == ErrUsage }

// Usage makes an error one about the command line.
func Usage(err error) error { return usageError{err} }

// Usagef returns an error about the command line.
func Usagef(format string, args ...any) error { return Usage(fmt.Errorf(format, args...)) }

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
		return Usage(err)
	}
	if f.NArg() > 0 && !*help {
		return Usagef("unexpected argument %q", f.Arg(0))
	}
	return nil
}

// Main runs a program, unless its version or completion is asked for, and returns
// the exit code. The context of run ends by a signal.
func Main(p common.Program, run func(stop context.Context, args []string) error) int {
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	done, err := p.Early(os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err != nil:
		err = Usage(err)
	case !done:
		err = run(stop, os.Args[1:])
	}
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, ErrReported):
		return exitFailed
	case errors.Is(err, ErrUsage):
		fmt.Fprintf(os.Stderr, "Error: %v\nSee %s --help.\n", err, p.Name)
		return exitUsage
	default:
		fmt.Fprintf(os.Stderr, "Error: %v\n", err)
		return exitFailed
	}
}

// UseMemory sets how much memory runs with so many nodes take. Most make much garbage
// and keep little; what large clusters keep may be most of what the machine has.
func UseMemory(nodes int) {
	if nodes > script.LargeAbove {
		debug.SetGCPercent(50)
		debug.SetMemoryLimit(7 << 30)
		return
	}
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(6 << 30)
}

// Progress shows how far a command is, not too often. It may be told from many
// goroutines.
type Progress struct {
	out   io.Writer
	often time.Duration
	began time.Time

	mu   sync.Mutex
	told time.Time
}

// NewProgress returns a Progress that begins now. It tells something after a time
// of often, and again after each.
func NewProgress(out io.Writer, often time.Duration) *Progress {
	return &Progress{out: out, often: often, began: time.Now()}
}

// Elapsed returns the time since the beginning.
func (p *Progress) Elapsed() time.Duration { return time.Since(p.began) }

// Tell shows a line, with the time, unless the last one was shown a moment ago.
func (p *Progress) Tell(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); now.Sub(p.told) >= p.often && now.Sub(p.began) >= p.often {
		p.told = now
		fmt.Fprintf(p.out, "%5.0fs  %s\n", now.Sub(p.began).Seconds(), fmt.Sprintf(format, args...))
	}
}
