package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

var errNoAddress = usagef("address is required")

func newLeave(p *program) *cobra.Command {
	return newMemberCommand(p, "leave", "Make a node leave its cluster",
		"Leave makes a node leave its cluster. The others keep it as a member that left,\n"+
			"without keys; its process lives on. Leave prints nothing.",
		"ringpop-admin leave", leaveQuestion,
		(*admin.Client).MemberLeave)
}

// leaveQuestion is asked with the address of a node.
const leaveQuestion = "Take %s out of all rings?"

func newJoin(p *program) *cobra.Command {
	return newMemberCommand(p, "join", "Make a node that left a member again",
		"Join makes a node that left its cluster a member again. Join prints nothing.",
		"ringpop-admin join", "",
		(*admin.Client).MemberJoin)
}

// newMemberCommand returns a command that gives an order to exactly one node. The
// question is asked before, unless it is empty.
func newMemberCommand(p *program, name, short, long, line, question string,
	order func(*admin.Client, context.Context, wire.Address) error) *cobra.Command {
	return &cobra.Command{
		Use:     name + " [options] HOSTPORT",
		Short:   short,
		Long:    long,
		Example: "  " + line + " 127.0.0.1:3000",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return errNoAddress
			case 1:
			default:
				return usagef("one address is expected, not %d", len(args))
			}
			node, err := parseNode(args[0])
			if err != nil {
				return err
			}
			if err := p.confirm(question, node); err != nil {
				return err
			}
			client, err := p.client()
			if err != nil {
				return err
			}
			if err := order(client, cmd.Context(), node); err != nil {
				return p.oneError(node, err)
			}
			return p.write(
				func() string { return "" },
				func() any { return render.OrderJSON{Order: name, Node: node} })
		},
	}
}
