// Ringsim plays histories of whole clusters on a virtual clock, from seeds, and
// checks that the invariants of package sim hold in all of them. See ringsim
// --help.
package main

import (
	"os"

	"github.com/ringmend/ringmend/sim/internal/cli"
)

func main() {
	os.Exit(cli.Main(completion(), func(s *cli.Session, args []string) error {
		p := program{Session: s}
		return p.run(args)
	}))
}
