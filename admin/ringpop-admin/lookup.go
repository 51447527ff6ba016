package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

var errNoKey = errors.New("key is required")

func newLookup(p *program) *cobra.Command {
	var key string
	cmd := &cobra.Command{
		Use:   "lookup -k KEY [options] DISCOVERY_URI...",
		Short: "Show which member owns a key",
		Long: "Lookup prints the address of the member that owns a key, as the first node that\n" +
			"can be reached says. All nodes must agree on their membership: of a cluster in\n" +
			"parts there is no owner.\n" + discoveryHelp,
		Example: "  ringpop-admin lookup -k user-42 127.0.0.1:3000",
		RunE: func(cmd *cobra.Command, args []string) error {
			where, err := admin.ParseDiscoveries(args)
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("key") {
				return errNoKey
			}
			cluster, _, err := p.lookAgreed(cmd.Context(), where, ". A consistent lookup cannot be provided.")
			if err != nil {
				return err
			}
			var owner wire.Address
			err = p.firstOf(cmd.Context(), where, func(c *admin.Client, node wire.Address) error {
				var err error
				owner, err = c.Lookup(cmd.Context(), node, key)
				return err
			})
			if err != nil {
				return err
			}
			return p.print(cluster,
				func() string { return string(owner) + "\n" },
				func() any { return map[string]string{"key": key, "owner": string(owner)} })
		},
	}
	cmd.Flags().StringVarP(&key, "key", "k", "", "the key to look up")
	return cmd
}
