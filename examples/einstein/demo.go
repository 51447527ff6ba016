package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/examples/einstein/demo"
	"github.com/ringmend/ringmend/examples/einstein/iq"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/netlab"
	"github.com/ringmend/ringmend/internal/proc"
)

// row is a row of the demo, and what it shows.
type row struct {
	name, downing string
	etcd          bool
	// May names have two values at a time, or one after the other? If a row shows what it
	// must not, the demo fails.
	twoValues, reassigned bool
	lesson                string
}

var rows = []row{
	{name: "none", downing: "none", lesson: "no node takes over: requests across the cut wait, no name has two values"},
	{name: "auto", downing: "auto", twoValues: true, reassigned: true, lesson: "both sides take over: names have two values, a split brain"},
	{name: "majority", downing: "keep-majority", reassigned: true, lesson: "the minority refuses: no split brain, but what its memory held is assigned again"},
	{name: "majority-etcd", downing: "keep-majority", etcd: true, lesson: "and with a store outside nothing is assigned again"},
}

func rowNames() (names []string) {
	for _, r := range rows {
		names = append(names, r.name)
	}
	return names
}

type demoOptions struct {
	rows  []string
	names int
	html  string
	limit time.Duration
	logs  bool
	netns bool
	cut   string
}

var cuts = []string{string(netlab.Drop), string(netlab.Reset)}

// maxNames is how many names a demo may have.
const maxNames = 1000

func demoCommand(stdout, stderr io.Writer) *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Cut three nodes in two, heal them, and check what clients were told",
		Long: `Runs three nodes, asks for names, cuts node 1 off from nodes 2 and 3, asks on both sides,
heals, and asks again; once for each row, all at the same time. It takes some 50 s.

Exit code 1 when a row has shown what it must not: two values for a name without auto.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), o, stdout, stderr) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringSliceVar(&o.rows, "rows", nil, "`ROWS` to play: "+strings.Join(rowNames(), ", ")+" (default: all; the last if there is an etcd)")
	f.IntVar(&o.names, "names", 50, "`N` names to ask for")
	f.StringVar(&o.html, "html", "", "`DIRECTORY` for pictures of the histories: a page for each row, with one name, the first that went wrong")
	f.DurationVar(&o.limit, "limit", 5*time.Minute, "how long it may take")
	f.BoolVar(&o.logs, "logs", false, "show what the nodes log")
	f.BoolVar(&o.netns, "netns", false, "nodes that are processes in network namespaces, cut by a firewall (root)")
	f.StringVar(&o.cut, "cut", "drop", "with --netns: `WHAT` the firewall does to packets, drop or reset")
	cli.CompleteValues(cmd, map[string][]string{"rows": rowNames(), "cut": cuts})
	return cmd
}

func (o *demoOptions) picked() ([]row, error) {
	switch {
	case o.names < 1 || o.names > maxNames:
		return nil, cli.Usage(fmt.Errorf("--names is %d, it must be from 1 to %d", o.names, maxNames))
	case !slices.Contains(cuts, o.cut):
		return nil, cli.Usage(fmt.Errorf("--cut is drop or reset, not %q", o.cut))
	case o.cut != "drop" && !o.netns:
		return nil, cli.Usage(fmt.Errorf("--cut %s goes with --netns", o.cut))
	case o.limit <= 0:
		return nil, cli.Usage(fmt.Errorf("--limit is %v, it must be positive", o.limit))
	case o.rows == nil:
		return rows, nil
	}
	for _, name := range o.rows {
		if !slices.Contains(rowNames(), name) {
			return nil, cli.Usage(fmt.Errorf("--rows: no row %q, there are %s", name, strings.Join(rowNames(), ", ")))
		}
	}
	return slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return !slices.Contains(o.rows, r.name) }), nil
}

// played is what became of a row.
type played struct {
	row
	out *demo.Outcome
	err error
}

func runDemo(ctx context.Context, o demoOptions, stdout, stderr io.Writer) error {
	picked, err := o.picked()
	if err != nil {
		return err
	}
	if o.html != "" {
		if err := os.MkdirAll(o.html, 0o755); err != nil {
			return err
		}
	}
	if o.netns && !netlab.Inside() {
		return o.again(stdout, stderr)
	}
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	var hosts *netlab.Network
	if o.netns {
		if hosts, err = netlab.New(len(picked) * demo.HostsPerRow); err != nil {
			return err
		}
		fmt.Fprintf(stderr, "Each node is a process on a host of its own; the cut is one of the firewall between them (%s).\n", o.cut)
	} else {
		fmt.Fprintln(stderr, "The nodes are in this process; the cut is one of the network in its memory.")
	}
	say := newSpeaker(stderr)
	results := make([]played, len(picked))
	var wg sync.WaitGroup
	for i, r := range picked {
		wg.Go(func() {
			out, err := playRow(ctx, r, o, say.as(r.name), func(what demo.Row, log io.Writer) (demo.Network, error) {
				if hosts == nil {
					return inMemory(ctx, what, log)
				}
				return demo.NewInNamespaces(ctx, what, hosts, i*demo.HostsPerRow, netlab.Kind(o.cut), log)
			})
			results[i] = played{r, out, err}
		})
	}
	wg.Wait()
	return report(stdout, results, o.html)
}

func playRow(ctx context.Context, r row, o demoOptions, say func(string, ...any), start func(demo.Row, io.Writer) (demo.Network, error)) (*demo.Outcome, error) {
	rule, err := iq.ParseDowning(r.downing)
	if err != nil {
		return nil, err
	}
	what := demo.Row{Name: r.name, Downing: rule, Store: "mem"}
	if r.etcd {
		what.Store = "etcd"
	}
	log := io.Discard
	if o.logs {
		log = os.Stderr
	}
	network, err := start(what, log)
	if err != nil {
		return nil, err
	}
	out, err := demo.Run(ctx, what, network, demo.Names(o.names), say)
	return out, errors.Join(err, network.Close())
}

// inMemory starts the nodes of a row in this process, and etcd beside it if that is its store.
func inMemory(ctx context.Context, what demo.Row, log io.Writer) (demo.Network, error) {
	store, stop := what.Store, func() {}
	if store == "etcd" {
		etcd, err := demo.StartEtcd(ctx)
		if err != nil {
			return nil, err
		}
		store, stop = "etcd:"+etcd.Endpoint, etcd.Stop
	}
	logger := slog.New(slog.NewTextHandler(log, nil)).With("row", what.Name)
	network, err := demo.NewInMemory(ctx, what, func() (iq.Store, error) { return iq.Open(store) }, logger)
	if err != nil {
		stop()
		return nil, err
	}
	return withStore{network, stop}, nil
}

// withStore is a network that has a store outside, which ends with it.
type withStore struct {
	demo.Network
	stop func()
}

func (w withStore) Close() error {
	defer w.stop()
	return w.Network.Close()
}

// again runs the demo once more in namespaces of its own.
func (o *demoOptions) again(stdout, stderr io.Writer) error {
	if err := netlab.Missing(); err != nil {
		return fmt.Errorf("--netns: %w", err)
	}
	args := []string{"demo", "--netns", "--cut=" + o.cut, fmt.Sprint("--names=", o.names), "--limit=" + o.limit.String(), fmt.Sprint("--logs=", o.logs)}
	if o.rows != nil {
		args = append(args, "--rows="+strings.Join(o.rows, ","))
	}
	if o.html != "" {
		args = append(args, "--html="+o.html)
	}
	cmd := netlab.Command(args...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err := proc.Run(cmd)
	if ended, ok := errors.AsType[*exec.ExitError](err); ok && ended.Exited() {
		return said(ended.ExitCode())
	}
	return err
}

// said is the exit code of another process of this program, which has said why.
type said int

func (s said) Error() string { return fmt.Sprintf("exit code %d", int(s)) }
