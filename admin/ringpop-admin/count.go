package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
)

var errNothingToCount = errors.New("one of hosts, members or partitions is required")

func newCount(p *program) *cobra.Command {
	var hosts, members, partitions bool
	cmd := &cobra.Command{
		Use:   "count -m|-h|-p [options] DISCOVERY_URI...",
		Short: "Count members, hosts or partitions",
		Long: "Count prints a number: how many members the cluster lists, whatever their status;\n" +
			"how many hosts they are on; or into how many partitions the cluster is split.\n" + discoveryHelp,
		Example: "  ringpop-admin count -m 127.0.0.1:3000",
		RunE: at(func(ctx context.Context, where admin.Discoveries) error {
			switch {
			case partitions:
				cluster, err := p.lookWithProgress(ctx, where)
				if err != nil {
					return err
				}
				return p.printCount(cluster, "partitions", len(cluster.Partitions()))
			case !hosts && !members:
				return errNothingToCount
			}
			cluster, only, err := p.lookAgreed(ctx, where, ". An accurate count cannot be provided.")
			switch {
			case err != nil:
				return err
			case members:
				return p.printCount(cluster, "members", len(only.Members))
			default:
				return p.printCount(cluster, "hosts", len(render.Hosts(only)))
			}
		}),
	}
	hostsFlag(cmd, &hosts, "count hosts")
	cmd.Flags().BoolVarP(&members, "members", "m", false, "count members")
	cmd.Flags().BoolVarP(&partitions, "partitions", "p", false, "count partitions")
	return cmd
}

// hostsFlag adds -h, --hosts to a command, which so loses -h for its help.
func hostsFlag(cmd *cobra.Command, hosts *bool, usage string) {
	cmd.Flags().Bool("help", false, "help for "+cmd.Name())
	cmd.Flags().BoolVarP(hosts, "hosts", "h", false, usage)
}

func (p *program) printCount(cluster *admin.Cluster, what string, count int) error {
	return p.print(cluster,
		func() string { return fmt.Sprintln(strconv.Itoa(count)) },
		func() any { return map[string]int{what: count} })
}
