// Healstudy plays shapes of partitions at many sizes, by this project's rules and
// by Ringpop's, and tells how long they take to heal and what that costs: as a
// table, a chart and JSON. See healstudy --help.
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
