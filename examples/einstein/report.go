package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/ringmend/ringmend/examples/einstein/check"
	"github.com/ringmend/ringmend/examples/einstein/demo"
)

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
	// All names at once would make a page too wide to read: the first that went wrong.
	worst := slices.Concat(out.TwoValues, out.Reassigned, out.Undecided, demo.Names(1))[0]
	return errors.Join(check.Draw(worst, out.History, out.Periods, f), f.Close())
}

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
