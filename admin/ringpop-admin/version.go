package main

import (
	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/internal/version"
)

func newVersion(p *program) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version, with commit and Go's version",
		Long:    "Version prints the version of this program, the commit that it was built from, and\nthe version of Go. With -V there is only the number.",
		Example: "  ringpop-admin version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return p.write(
				func() string { return version.Full("ringpop-admin") },
				func() any { return version.Of() })
		},
	}
}
