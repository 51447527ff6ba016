package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/gdamore/tcell/v2"

	"github.com/ringmend/ringmend/internal/output"
	"github.com/ringmend/ringmend/internal/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks the program to end, the second one ends it.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr, dial))
}

// run runs the program with the given arguments and returns its exit code: 0
// when all went well, 1 for errors and for differences that were found, 2 for a
// command line that is not understood.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, connect connector) int {
	out := output.New(stdout)
	p := &program{stdout: out, stderr: stderr, connect: connect, elsewhere: listensElsewhere, ask: askTerminal(os.Stdin, stderr)}
	if isTerminal(stdout) {
		p.newScreen = tcell.NewScreen
	}
	code := p.run(ctx, args)
	if err := out.Check(nil); err != nil && code == 0 {
		fmt.Fprintln(stderr, "Error:", message(err))
		return 1
	}
	return code
}

func (p *program) run(ctx context.Context, args []string) int {
	root := newRoot(p)
	root.SetArgs(args)
	root.SetVersionTemplate(version.Text("ringpop-admin", args))
	err := errors.Join(root.ExecuteContext(ctx), p.close())
	if err != nil && !errors.Is(err, errFound) {
		fmt.Fprintln(p.stderr, "Error:", message(err))
	}
	return p.exitCode(err)
}
