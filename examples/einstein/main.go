// Command einstein is a service that assigns each name an IQ, once, and demonstrates what
// happens to "once" when the network is cut. See docs/einstein.md.
//
//	einstein demo
//
//	einstein serve --listen 10.0.0.1:3000 --http 10.0.0.1:8000 --hosts hosts.json --downing keep-majority
//	einstein proxy --listen 127.0.0.1:8000 10.0.0.1:8000 10.0.0.2:8000 10.0.0.3:8000
//	curl 127.0.0.1:8000/iq/Albert
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/output"
	"github.com/ringmend/ringmend/internal/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks the program to end, the second one ends it.
	context.AfterFunc(ctx, stop)
	os.Exit(execute(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	out := output.New(stdout)
	root := newRoot(out, stderr)
	root.SetArgs(args)
	root.SetVersionTemplate(version.Text("einstein", args))
	cli.AddCompletion(root, args...)
	err := root.ExecuteContext(ctx)
	if code, ok := errors.AsType[said](err); ok {
		return int(code)
	}
	return cli.Exit(stderr, "Error:", out.Check(err))
}

func newRoot(stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:           "einstein",
		Short:         "Assigns each name an IQ once, and shows what becomes of that when the network is cut",
		Version:       version.Current(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return cli.Usage(err) })
	cli.AddVersion(root.Flags())
	root.AddCommand(serveCommand(stderr), proxyCommand(stderr), demoCommand(stdout, stderr))
	return root
}

func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return cli.Usage(fmt.Errorf("unknown command or argument %q; see --help", args[0]))
	}
	return nil
}
