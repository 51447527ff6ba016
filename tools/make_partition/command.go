package main

import (
	"io"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/version"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// program is the command line and the outside.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time

	unread []sockets.Unread // lines of stdin

	// Where the nodes are looked for.
	scan, static bool
	hosts        string
	// What is cut.
	parts   []string
	isolate string
	bridge  string
	pairs   []string
	// How.
	by        string
	newPolicy string
	// What comes out.
	compat   bool
	format   string
	platform string
	via      string
	// What is done.
	heal, status, apply bool
	during              time.Duration
	backend             string
}

func newRoot(p *program) *cobra.Command {
	root := &cobra.Command{
		Use:                   "make_partition [options] PART PART...",
		Short:                 "Split a cluster of Ringpop nodes, and mend it",
		Long:                  longHelp,
		Example:               examples,
		Version:               version.Current(),
		Args:                  cobra.ArbitraryArgs,
		SilenceErrors:         true,
		SilenceUsage:          true,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			p.parts = args
			return p.run(cmd.Context())
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usagef("%v", err) })
	root.CompletionOptions.HiddenDefaultCmd = true
	flags := root.Flags()
	flags.SortFlags = false
	flags.BoolVar(&p.scan, "scan", false, "look at the sockets of this machine (/proc) instead of reading a list of them")
	flags.BoolVar(&p.static, "static", false, "take the nodes as they are named, whether anybody listens there or not")
	flags.StringVar(&p.hosts, "hosts", "", "with --static: all nodes, a `FILE` with a JSON array of HOST:PORT")
	flags.StringVar(&p.isolate, "isolate", "", "cut each of these nodes from everybody: a `LIST` as in a part")
	flags.StringVar(&p.bridge, "bridge", "", "these nodes stay in touch with all parts: a `LIST`")
	flags.StringArrayVar(&p.pairs, "pair", nil, "cut these two nodes from each other, and nothing else: `A-B` (may be given again)")
	flags.StringVar(&p.by, "by", "auto", "tell nodes apart by auto, address, port or user")
	flags.StringVar(&p.newPolicy, "new", "", "new connections to nodes that share an address: refuse, allow or ask (see above)")
	flags.StringVar(&p.format, "format", "", "write iptables-restore (default), iptables, nft, pf (default for darwin) or route")
	flags.StringVar(&p.platform, "platform", runtime.GOOS, "linux or darwin")
	flags.StringVar(&p.via, "via", "sh", "with --format route: get to the nodes with sh, docker, podman or kubectl")
	flags.BoolVar(&p.compat, "compat", false, "write what Ringpop's own make_partition wrote")
	flags.BoolVar(&p.heal, "heal", false, "write what takes a cut back")
	flags.BoolVar(&p.status, "status", false, "show who is cut from whom on this machine, since when, and by which rules")
	flags.BoolVar(&p.apply, "apply", false, "not only write it, do it")
	flags.DurationVar(&p.during, "for", 0, "with --apply: mend after this `TIME`, or when interrupted")
	flags.StringVar(&p.backend, "backend", "", "iptables back end: legacy or nft (default: what iptables is here)")
	cli.AddVersion(flags)
	cli.CompleteValues(root, map[string][]string{
		"by":       {"auto", "address", "port", "user"},
		"new":      {"refuse", "allow", "ask"},
		"format":   {"iptables-restore", "iptables", "nft", "pf", "route"},
		"platform": {"linux", "darwin"},
		"via":      {"sh", "docker", "podman", "kubectl"},
		"backend":  {"legacy", "nft"},
	})
	return root
}
