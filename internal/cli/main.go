package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/internal/output"
)

// The exit codes of programs. Some have further ones.
const (
	ExitOK = iota
	ExitFailed
	ExitUsage // the command line is not understood
)

// Exit prints an error, if there is one, after a prefix such as "Error:", and returns the
// exit code.
func Exit(stderr io.Writer, prefix string, err error) int {
	if err == nil {
		return ExitOK
	}
	fmt.Fprintln(stderr, prefix, err)
	if errors.Is(err, ErrUsage) {
		return ExitUsage
	}
	return ExitFailed
}

// Main does what the command line of a program asks for and returns the exit code. What
// [Program.Early] leaves, run does. It gets the arguments and the output, and parses the
// flags itself; that help was asked for (pflag.ErrHelp) is no failure, lost output is one.
func (p Program) Main(prefix string, args []string, stdout, stderr io.Writer, run func(args []string, out io.Writer) error) int {
	out := output.New(stdout)
	done, err := p.Early(args, out, stderr)
	if !done {
		err = run(args, out)
	}
	if errors.Is(err, pflag.ErrHelp) {
		err = nil
	}
	return Exit(stderr, prefix, out.Check(err))
}
