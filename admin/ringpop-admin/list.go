package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
)

var errNothingToList = usagef("one of hosts or members is required")

func newList(p *program) *cobra.Command {
	var hosts, members bool
	cmd := &cobra.Command{
		Use:     "list -m|-h [options] DISCOVERY_URI...",
		Short:   "List members or hosts",
		Long:    "List prints the sorted addresses of all members, whatever their status, or the\nhosts that they are on.\n" + discoveryHelp,
		Example: "  ringpop-admin list -m 127.0.0.1:3000",
		RunE: at(func(ctx context.Context, where admin.Discoveries) error {
			if !hosts && !members {
				return errNothingToList
			}
			cluster, verdict, err := p.lookWhole(ctx, where, "")
			if err != nil {
				return err
			}
			if members {
				return p.printMost(cluster, verdict,
					func() string { return render.Lines(render.Addresses(verdict.Most)) },
					func() any { return render.NewMembersJSON(cluster, verdict) })
			}
			return p.printMost(cluster, verdict,
				func() string { return render.Lines(render.Hosts(verdict.Most)) },
				func() any { return render.NewHostsJSON(cluster, verdict) })
		}),
	}
	hostsFlag(cmd, &hosts, "list hosts")
	cmd.Flags().BoolVarP(&members, "members", "m", false, "list members")
	return cmd
}
