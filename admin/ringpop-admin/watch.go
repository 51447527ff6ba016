package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin/tui"
)

func newWatch(p *program) *cobra.Command {
	every := seconds(time.Second)
	var file string
	cmd := &cobra.Command{
		Use:   "watch [options] DISCOVERY_URI...",
		Short: "Show splits as they form and heal",
		Long: "Watch shows the sides of a cluster, which members each holds faulty, and a timeline\n" +
			"of splits and heals, of who went and who came back; ? shows the keys. For scripts\n" +
			"there is partitions -w.\n" + discoveryHelp,
		Example: "  ringpop-admin watch 127.0.0.1:3000",
		RunE: func(cmd *cobra.Command, args []string) error {
			where, err := parseDiscoveries(args)
			if err != nil {
				return err
			}
			s := screen{tui.Watch, "watch", time.Duration(every), 0, file}
			return p.open(cmd.Context(), s, args, where)
		},
	}
	cmd.Flags().VarP(&every, "wait", "w", "from one look to the next")
	dumpFileFlag(cmd, &file)
	return cmd
}
