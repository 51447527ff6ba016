// Peers measures clusters of ringmend, ringpop-go and memberlist side by side:
// whole clusters in one process, and clusters of processes. The programs take
// turns, which spreads other load on the machine over all of them. See peers --help.
//
// Each measurement runs in its own process (this program with --measure), because no
// cluster should pay for what another one left behind. Begin reading in study.go;
// [subject] is what each program must offer.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/output"
)

func main() { os.Exit(exitCode(os.Args[1:])) }

// exitCode runs the program: 0, 1 when something went wrong, 2 for a command line
// that is not understood.
func exitCode(args []string) int {
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	out := output.New(os.Stdout)
	err := out.Check(run(stop, args, out))
	switch {
	case err == nil, errors.Is(err, pflag.ErrHelp):
		return 0
	case errors.Is(err, cli.ErrUsage):
		fmt.Fprintf(os.Stderr, "Error: %v\nSee peers --help.\n", err)
		return 2
	}
	fmt.Fprintf(os.Stderr, "Error: %v\n", err)
	return 1
}
