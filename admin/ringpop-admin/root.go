package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/tlsflags"
	"github.com/ringmend/ringmend/internal/version"
	"github.com/ringmend/ringmend/node/wire"
)

// defaultTimeout is shorter than that of the library: a person waits, and the
// nodes that make one wait are mostly dead.
const defaultTimeout = 2 * time.Second

const discoveryHelp = `
DISCOVERY_URI tells where to find the cluster. Every member that any node lists
is asked, so one node is enough:

  127.0.0.1:3000              a node
  ringpop://[::1]:3000        the same
  ringpop.example.org:3000    the nodes at all addresses of a name
  file://./hosts.json         a JSON array of nodes, e.g. ["127.0.0.1:3000"]

Several may be given. Sides of a split that have forgotten each other are all seen
when a node of each is named. Without one, those of the environment's variable
RINGPOP_ADMIN_CLUSTER are used, with spaces between them.`

const exitHelp = `
Exit code: 0; 1 if something went wrong, or if diff or collisions found something; 2
for a command line that is not understood.`

func newRoot(p *program) *cobra.Command {
	root := &cobra.Command{
		Use:           "ringpop-admin",
		Short:         "Look at a Ringpop cluster from outside, and give it orders",
		Long:          "Ringpop-admin looks at a Ringpop cluster from outside, and gives it orders.\n" + discoveryHelp + "\n" + exitHelp,
		Version:       version.Current(),
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			p.running = true
			return p.check()
		},
	}
	// The original has -V for the version where cobra would take -v.
	cli.AddVersion(root.Flags())
	flags := root.PersistentFlags()
	flags.DurationVar(&p.timeout, "timeout", defaultTimeout, "how long a node may take to answer")
	flags.DurationVar(&p.within, "within", admin.DefaultWithin, "how long a look at the whole cluster may take")
	flags.IntVar(&p.concurrency, "concurrency", admin.DefaultConcurrency, "how many nodes to ask at the same time")
	flags.BoolVar(&p.json, "json", false, "print JSON, one object per line")
	flags.BoolVarP(&p.yes, "yes", "y", false, "do not ask before what hurts; without a terminal nothing is asked")
	flags.StringVar(&p.service, "service", wire.Service, "the TChannel service under which the nodes talk")
	flags.StringVar(&p.app, "app", "", "the app to call as, TChannel's caller name (default: the service)")
	p.tls.Add(flags)
	cli.CompleteValues(root, map[string][]string{"tls-mode": tlsflags.Modes()})
	addCommands(p, root)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	cli.AddCompletion(root)
	root.SetHelpCommand(newHelp())
	return root
}

// newHelp returns the command help. Cobra's own one takes an unknown command for a
// success.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:     "help [command]",
		Short:   "Help about any command",
		Long:    "Help prints what --help does.",
		Example: "  ringpop-admin help partitions",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, _, err := cmd.Root().Find(args)
			if err != nil {
				return cli.Usage(err)
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

func addCommands(p *program, root *cobra.Command) {
	for _, group := range []struct {
		id, title string
		commands  []func(*program) *cobra.Command
	}{
		{"screens", "Watch a cluster:", []func(*program) *cobra.Command{newTop, newWatch}},
		{"views", "Look at a cluster:", []func(*program) *cobra.Command{
			newPartitions, newResolve, newStatus, newChecksums, newCount, newList, newLookup,
			newDiff, newExplain, newDist, newCollisions, newDump, newWait,
		}},
		{"orders", "Change a cluster:", []func(*program) *cobra.Command{newHeal, newReap, newLeave, newJoin, newEvict, newReadmit, newGossip}},
		{"node", "Look closer at a node:", []func(*program) *cobra.Command{newCall, newHealStats, newMonitor, newDebug}},
	} {
		root.AddGroup(&cobra.Group{ID: group.id, Title: group.title})
		for _, command := range group.commands {
			cmd := command(p)
			cmd.GroupID = group.id
			cmd.DisableFlagsInUseLine = true
			root.AddCommand(cmd)
		}
	}
	root.AddCommand(newMan(p), newVersion(p))
}

func (p *program) check() error {
	_, tls := p.tls.Mode()
	switch {
	case tls != nil:
		return cli.Usage(tls)
	case p.timeout <= 0:
		return usagef("--timeout must be more than 0")
	case p.within <= 0:
		return usagef("--within must be more than 0")
	case p.concurrency < 1 || p.concurrency > admin.MaxConcurrency:
		return usagef("--concurrency must be from 1 to %d", admin.MaxConcurrency)
	}
	return nil
}
