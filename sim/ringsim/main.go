// Ringsim plays histories of whole clusters on a virtual clock, from seeds, and
// checks that the invariants of package sim hold in all of them. See ringsim
// --help.
package main

import (
	"context"
	"os"

	"github.com/ringmend/ringmend/sim/internal/cli"
)

func main() {
	os.Exit(cli.Main(completion(), func(stop context.Context, args []string) error {
		p := program{out: os.Stdout, progress: os.Stderr, stop: stop}
		return p.run(args)
	}))
}
