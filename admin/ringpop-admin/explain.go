package main

import (
	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
)

func newExplain(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "explain [options] ADDRESS [DISCOVERY_URI...]",
		Short: "Show what every node thinks of one member",
		Long: "Explain prints a row for every node that answers: what it holds the member at\n" +
			"ADDRESS to be, with the incarnation and the labels. -- stands for a node that does\n" +
			"not know it. Without a DISCOVERY_URI the member itself is asked first, so give one\n" +
			"when it is down.\n" + discoveryHelp,
		Example: "  ringpop-admin explain 127.0.0.1:3003 127.0.0.1:3000",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errNoAddress
			}
			member, err := admin.ParseNode(args[0])
			if err != nil {
				return err
			}
			if len(args) > 1 {
				args = args[1:]
			}
			where, err := admin.ParseDiscoveries(args)
			if err != nil {
				return err
			}
			cluster, err := p.lookWithProgress(cmd.Context(), where)
			if err != nil {
				return err
			}
			return p.print(cluster,
				func() string { return render.Opinions(cluster.Opinions(member)) },
				func() any { return render.NewOpinionsJSON(cluster, member) })
		},
	}
}
