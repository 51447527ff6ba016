// Ringpop-admin shows Ringpop clusters from outside.
//
// The layers are those of package admin: a command parses its arguments, looks
// at the cluster, and prints what package render makes of it. A new command is a
// file with a constructor that is listed in newRoot.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks the program to end, the second one ends it.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr, dial))
}

// run runs the program with the given arguments and returns its exit code: 0
// when all went well, 1 for every error. Scripts rely on there being no third.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, connect connector) int {
	p := &program{stdout: stdout, stderr: stderr, connect: connect}
	root := newRoot(p)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err = errors.Join(err, p.close()); err != nil {
		fmt.Fprintln(stderr, "Error:", message(err))
		return 1
	}
	return 0
}
