package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
)

var errNothingToCount = usagef("one of hosts, members or partitions is required")

func newCount(p *program) *cobra.Command {
	var hosts, members, partitions bool
	cmd := &cobra.Command{
		Use:   "count -m|-h|-p [options] DISCOVERY_URI...",
		Short: "Count members, hosts or partitions",
		Long: "Count prints a number: how many members the cluster lists, whatever their status;\n" +
			"how many hosts they are on; or into how many partitions the cluster is split. A\n" +
			"change that spreads does not split it.\n" + discoveryHelp,
		Example: "  ringpop-admin count -m 127.0.0.1:3000",
		RunE: at(func(ctx context.Context, where admin.Discoveries) error {
			switch {
			case partitions:
				cluster, err := p.lookWithProgress(ctx, where)
				if err != nil {
					return err
				}
				verdict := admin.VerdictOf(cluster)
				return p.printCount(cluster, verdict, "partitions", max(1, len(verdict.Sides)))
			case !hosts && !members:
				return errNothingToCount
			}
			cluster, verdict, err := p.lookWhole(ctx, where, ". An accurate count cannot be provided.")
			switch {
			case err != nil:
				return err
			case members:
				return p.printCount(cluster, verdict, "members", len(verdict.Most.Members))
			default:
				return p.printCount(cluster, verdict, "hosts", len(render.Hosts(verdict.Most)))
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

func (p *program) printCount(cluster *admin.Cluster, verdict *admin.Verdict, what string, count int) error {
	return p.printMost(cluster, verdict,
		func() string { return fmt.Sprintln(strconv.Itoa(count)) },
		func() any { return map[string]int{what: count} })
}
