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
