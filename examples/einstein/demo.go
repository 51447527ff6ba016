package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/examples/einstein/check"
	"github.com/ringmend/ringmend/examples/einstein/demo"
	"github.com/ringmend/ringmend/examples/einstein/iq"
	"github.com/ringmend/ringmend/internal/cli"
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
	{name: "none", downing: "none", lesson: "nobody takes over: requests across the cut wait, no name has two values"},
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
}

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
	f.StringVar(&o.html, "html", "", "`DIRECTORY` for pictures of the histories, one page for each row, with three names each")
	f.DurationVar(&o.limit, "limit", 5*time.Minute, "how long it may take")
	f.BoolVar(&o.logs, "logs", false, "show what the nodes log")
	cli.CompleteValues(cmd, map[string][]string{"rows": rowNames()})
	return cmd
}

func (o *demoOptions) picked() ([]row, error) {
	switch {
	case o.names < 1 || o.names > maxNames:
		return nil, cli.Usage(fmt.Errorf("--names is %d, it must be from 1 to %d", o.names, maxNames))
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
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	fmt.Fprintln(stderr, "The nodes are in this process; the cut is one of the network in its memory.")
	say := newSpeaker(stderr)
	results := make([]played, len(picked))
	var wg sync.WaitGroup
	for i, r := range picked {
		wg.Go(func() {
			out, err := playRow(ctx, r, o, say.as(r.name))
			results[i] = played{r, out, err}
		})
	}
	wg.Wait()
	return report(stdout, results, o.html)
}

func playRow(ctx context.Context, r row, o demoOptions, say func(string, ...any)) (*demo.Outcome, error) {
	rule, err := iq.ParseDowning(r.downing)
	if err != nil {
		return nil, err
	}
	store := "mem"
	if r.etcd {
		etcd, err := demo.StartEtcd(ctx)
		if err != nil {
			return nil, err
		}
		defer etcd.Stop()
		store = "etcd:" + etcd.Endpoint
	}
	log := slog.New(slog.DiscardHandler)
	if o.logs {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil)).With("row", r.name)
	}
	what := demo.Row{Name: r.name, Downing: rule, Store: store}
	network, err := demo.NewInMemory(ctx, what, func() (iq.Store, error) { return iq.Open(store) }, log)
	if err != nil {
		return nil, err
	}
	out, err := demo.Run(ctx, what, network, demo.Names(o.names), say)
	return out, errors.Join(err, network.Close())
}

// report prints the table, and draws the pictures.
func report(stdout io.Writer, results []played, dir string) error {
	table := tabwriter.NewWriter(stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "row\tdowning\tstore\twhile cut: answered\trefused\twaited\ttwo values\tassigned again\tcheck")
	var errs []error
	for _, p := range results {
		switch {
		case errors.Is(p.err, demo.ErrNoEtcd):
			fmt.Fprintf(table, "%s\t%s\tetcd\tskipped: there is no program etcd here\n", p.name, p.downing)
			continue
		case p.err != nil:
			errs = append(errs, fmt.Errorf("row %s: %w", p.name, p.err))
			continue
		}
		out := p.out
		verdict := "passes"
		if len(out.TwoValues) > 0 {
			verdict = "FAILS"
		}
		kind, _, _ := strings.Cut(out.Row.Store, ":")
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%d\t%d of %d\t%d of %d\t%s\n", p.name, p.downing, kind,
			out.Cut.Answered, out.Cut.Refused, out.Cut.Waited, len(out.TwoValues), out.Names, len(out.Reassigned), out.Names, verdict)
		errs = append(errs, p.unexpected())
		if dir != "" {
			errs = append(errs, draw(filepath.Join(dir, p.name+".html"), out))
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(stdout)
	for _, p := range results {
		if p.err == nil {
			fmt.Fprintf(stdout, "%s: %s\n", p.name, p.lesson)
		}
	}
	return errors.Join(errs...)
}

// unexpected returns what a row has shown and must not.
func (p *played) unexpected() error {
	switch {
	case len(p.out.Undecided) > 0:
		return fmt.Errorf("row %s: the check has not come to an end for %s", p.name, strings.Join(p.out.Undecided, ", "))
	case len(p.out.TwoValues) > 0 && !p.twoValues:
		return fmt.Errorf("row %s: two values for %s", p.name, strings.Join(p.out.TwoValues, ", "))
	case len(p.out.Reassigned) > 0 && !p.reassigned:
		return fmt.Errorf("row %s: assigned again: %s", p.name, strings.Join(p.out.Reassigned, ", "))
	}
	return nil
}

func draw(path string, out *demo.Outcome) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	// All names at once would make a page too wide to read.
	shown := slices.Concat(out.TwoValues, out.Reassigned, out.Undecided, demo.Names(drawn))
	shown = shown[:min(drawn, len(shown))]
	history := slices.DeleteFunc(slices.Clone(out.History), func(o check.Operation) bool { return !slices.Contains(shown, o.Name) })
	return errors.Join(check.Draw(history, out.Periods, f), f.Close())
}

// drawn is how many names a picture shows: those that went wrong first.
const drawn = 3

// speaker prints progress of several rows.
type speaker struct {
	mu    sync.Mutex
	to    io.Writer
	begin time.Time
}

func newSpeaker(to io.Writer) *speaker { return &speaker{to: to, begin: time.Now()} }

func (s *speaker) as(name string) func(format string, args ...any) {
	return func(format string, args ...any) {
		s.mu.Lock()
		defer s.mu.Unlock()
		fmt.Fprintf(s.to, "%5.1fs  %-14s %s\n", time.Since(s.begin).Seconds(), name, fmt.Sprintf(format, args...))
	}
}
