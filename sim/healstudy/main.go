// Healstudy plays shapes of partitions at many sizes, by this project's rules and
// by Ringpop's, and tells how long they take to heal and what that costs: as a
// table, a chart and JSON. See healstudy --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // something went wrong, or an invariant did not hold
	exitUsage  = 2
)

func main() {
	// Runs make much garbage and keep little, unless clusters are large.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(6 << 30)
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	p := program{out: os.Stdout, progress: os.Stderr, stop: stop}
	err := p.run(args)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errUsage):
		fmt.Fprintf(os.Stderr, "Error: %v\nSee healstudy --help.\n", err)
		return exitUsage
	}
	fmt.Fprintf(os.Stderr, "Error: %v\n", err)
	return exitFailed
}
