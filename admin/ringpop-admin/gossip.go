package main

import (
	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
)

func newGossip(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "gossip",
		Short: "Make a node stop probing its members, or start again",
		Long: "Gossip stops or starts the probing of one node. A node that is stopped goes on\n" +
			"answering others, so it stays a member; it notices nothing by itself.",
		Example: "  ringpop-admin gossip stop 127.0.0.1:3000",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown order %q: there are stop and start", args[0])
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error { return usagef("an order is required: stop or start") },
	}
	cmd.AddCommand(
		newMemberCommand(p, "stop", "Make a node stop probing its members",
			"Stop makes a node stop probing its members. Stop prints nothing.",
			"ringpop-admin gossip stop", "Stop the probing of %s? It notices nothing by itself until it is started again.",
			(*admin.Client).GossipStop),
		newMemberCommand(p, "start", "Make a node probe its members again",
			"Start makes a node probe its members again. Start prints nothing.",
			"ringpop-admin gossip start", "",
			(*admin.Client).GossipStart))
	return cmd
}
