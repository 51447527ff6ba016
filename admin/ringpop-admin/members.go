package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

var errNoAddress = errors.New("address is required")

func newLeave(p *program) *cobra.Command {
	return newMemberCommand(p, "leave", "Make a node leave its cluster",
		"Leave makes a node leave its cluster. The others keep it as a member that left,\n"+
			"without keys; its process lives on. Leave prints nothing.",
		(*admin.Client).MemberLeave)
}

func newJoin(p *program) *cobra.Command {
	return newMemberCommand(p, "join", "Make a node that left a member again",
		"Join makes a node that left its cluster a member again. Join prints nothing.",
		(*admin.Client).MemberJoin)
}

// newMemberCommand returns a command that gives an order to exactly one node.
func newMemberCommand(p *program, name, short, long string,
	order func(*admin.Client, context.Context, wire.Address) error) *cobra.Command {
	return &cobra.Command{
		Use:     name + " [options] HOSTPORT",
		Short:   short,
		Long:    long,
		Example: "  ringpop-admin " + name + " 127.0.0.1:3000",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return errNoAddress
			case 1:
			default:
				return fmt.Errorf("one address is expected, not %d", len(args))
			}
			node, err := admin.ParseNode(args[0])
			if err != nil {
				return err
			}
			client, err := p.client()
			if err != nil {
				return err
			}
			if err := order(client, cmd.Context(), node); err != nil {
				return oneError(node, err)
			}
			return nil
		},
	}
}
