//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/output"
	"github.com/ringmend/ringmend/internal/version"
)

// The exit codes.
const (
	exitOK = cli.ExitOK
	// exitFailed: something went wrong, or the system did what it must not.
	exitFailed = cli.ExitFailed
	exitUsage  = cli.ExitUsage
	// exitVoid: the run proves nothing.
	exitVoid = 3
	// exitUndecided: a check has found nothing, and has not come to an end.
	exitUndecided = 4
)

// The processes in the namespaces end with the thread that started them.
func init() { runtime.LockOSThread() }

func main() { os.Exit(execute(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// program is the command line and the outside.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	code           int // what a command that did its work wants the exit code to be
}

func execute(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out := output.New(stdout)
	p := &program{stdin: stdin, stdout: out, stderr: stderr}
	root := newRoot(p)
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(stderr)
	root.SetVersionTemplate(version.Text("lab", args))
	cli.AddCompletion(root, args...)
	return max(cli.Exit(stderr, "Error:", out.Check(root.ExecuteContext(ctx))), p.code)
}

func usagef(format string, args ...any) error { return cli.Usage(fmt.Errorf(format, args...)) }
