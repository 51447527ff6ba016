package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/integration/ringpopnode"
	"github.com/ringmend/ringmend/internal/cli"
)

func main() {
	program := cli.Program{Name: "install", Flags: pflag.NewFlagSet("install", pflag.ContinueOnError)}
	cli.AddVersion(program.Flags)
	done, err := program.Early(os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == nil && done:
		return
	case len(os.Args) > 1:
		fmt.Fprintln(os.Stderr, "install takes no arguments but -V and --version")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	mainJS, err := ringpopnode.Ensure(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if _, err := fmt.Println(mainJS); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
