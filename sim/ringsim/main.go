// Ringsim plays histories of whole clusters on a virtual clock, from seeds, and
// checks that the invariants of package sim hold in all of them. See ringsim
// --help.
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
	exitOK       = 0
	exitViolated = 1 // or something else went wrong
	exitUsage    = 2
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
	switch err := p.run(args); {
	case err == nil:
		return exitOK
	case errors.Is(err, errViolated):
		return exitViolated // it was reported already
	case errors.Is(err, errUsage):
		fmt.Fprintf(os.Stderr, "Error: %v\nSee ringsim --help.\n", err)
		return exitUsage
	default:
		fmt.Fprintf(os.Stderr, "Error: %v\n", err)
		return exitViolated
	}
}
