package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/output"
	"github.com/ringmend/ringmend/internal/version"
	"github.com/ringmend/ringmend/tools/make_partition/format"
	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

// The exit codes.
const (
	exitOK = iota
	exitFailed
	exitUsage
)

func main() {
	// A cut that mends itself must also do so when the terminal or the reader of its
	// output goes away. The signals stay caught until the end: nothing interrupts the
	// mending.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run runs the program and returns its exit code: 0, 1 when something is not as
// it should be, 2 when the command line is invalid.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return execute(ctx, args, &program{stdin: stdin, stdout: stdout, stderr: stderr, now: time.Now})
}

func execute(ctx context.Context, args []string, p *program) int {
	out := output.New(p.stdout)
	p.stdout = out
	root := newRoot(p)
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(p.stderr)
	root.SetVersionTemplate(version.Text("make_partition", args))
	cli.AddCompletion(root, args...)
	err := out.Check(root.ExecuteContext(ctx))
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(p.stderr, "Error:", err)
	if isUsage(err) {
		return exitUsage
	}
	return exitFailed
}

// errUsage marks what package main itself has to say about the command line.
type errUsage struct{ text string }

// Error implements error.
func (e *errUsage) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return &errUsage{fmt.Sprintf(format, args...)}
}

func isUsage(err error) bool {
	_, own := errors.AsType[*errUsage](err)
	return own || errors.Is(err, cli.ErrUsage) || errors.Is(err, partition.ErrUsage) || errors.Is(err, format.ErrUnknown) || errors.Is(err, rules.ErrCompat)
}
