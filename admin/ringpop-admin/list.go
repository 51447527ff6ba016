package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
)

var errNothingToList = errors.New("one of hosts or members is required")

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
			cluster, only, err := p.lookAgreed(ctx, where, "")
			if err != nil {
				return err
			}
			if members {
				return p.print(cluster,
					func() string { return render.Lines(render.Addresses(only)) },
					func() any { return render.NewMembersJSON(cluster, only) })
			}
			return p.print(cluster,
				func() string { return render.Lines(render.Hosts(only)) },
				func() any { return render.NewHostsJSON(cluster, only) })
		}),
	}
	hostsFlag(cmd, &hosts, "list hosts")
	cmd.Flags().BoolVarP(&members, "members", "m", false, "list members")
	return cmd
}
