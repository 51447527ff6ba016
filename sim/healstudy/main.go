// Healstudy plays shapes of partitions at many sizes, by this project's rules and
// by Ringpop's, and tells how long they take to heal and what that costs: as a
// table, a chart and JSON. See healstudy --help.
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
