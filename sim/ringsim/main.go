// Ringsim plays histories of whole clusters on a virtual clock, from seeds, and
// checks that the invariants of package sim hold in all of them. See ringsim
// --help.
package main

import (
	"context"
	"os"

	"github.com/ringmend/ringmend/internal/output"
	"github.com/ringmend/ringmend/sim/internal/cli"
)

func main() {
	os.Exit(cli.Main(completion(), func(stop context.Context, args []string) error {
		out := output.New(os.Stdout)
		p := program{out: out, progress: os.Stderr, stop: stop}
		return out.Check(p.run(args))
	}))
}
