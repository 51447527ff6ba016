package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/output"
	"github.com/ringmend/ringmend/internal/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks the program to end, the second one ends it.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2 // for a command line that is not understood
)

// run runs the program with the given arguments and returns its exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out := output.New(stdout)
	p := &program{stdin: stdin, stdout: out, stderr: stderr}
	root := newRoot(p)
	root.SetArgs(args)
	root.SetVersionTemplate(version.Text("ringmend-guard", args))
	err := root.ExecuteContext(ctx)
	usage := !p.understood
	if err = out.Check(err); err == nil {
		return exitOK
	}
	fmt.Fprintln(stderr, "Error:", err)
	if usage || isUsage(err) {
		return exitUsage
	}
	return exitFailed
}

func usagef(format string, args ...any) error { return cli.Usage(fmt.Errorf(format, args...)) }
