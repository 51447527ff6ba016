package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/guard/store"
	"github.com/ringmend/ringmend/guard/timeline"
)

// maxHistory is how many events are printed at most.
const maxHistory = store.MaxEvents

func newHistory(p *program) *cobra.Command {
	var since, file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "history --store FILE",
		Short: "Print what has happened to the ring",
		Long: `History prints what a guard has written to its file, also while it runs.

--since is how long ago (90m, 24h) or a time (2026-11-28, "2026-11-28 03:00",
2026-11-28T03:00:00Z); a time without a zone is local.`,
		Example: "  ringmend-guard history --store guard.db --since 12h\n  ringmend-guard history --store guard.db --json | jq 'select(.kind == \"split-ended\")'",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			from, err := parseSince(since, time.Now())
			if err != nil {
				return err
			}
			if file == "" {
				return usagef("--store is required: the file that the guard writes to")
			}
			events, err := store.Read(file, from, maxHistory)
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("there is no file %s: a guard writes one when it is started with --store", file)
			}
			if err != nil {
				return err
			}
			return p.printHistory(events, asJSON)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&file, "store", "", "the `file` that the guard writes to")
	flags.StringVar(&since, "since", "24h", "how long ago, or a time")
	flags.BoolVar(&asJSON, "json", false, "print JSON, one object per line")
	return cmd
}

// parseSince reads a duration that has passed, or a time.
func parseSince(s string, now time.Time) (time.Time, error) {
	if d, err := time.ParseDuration(s); err == nil {
		if d < 0 {
			return time.Time{}, usagef("--since %s is in the future", s)
		}
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("--since %q is neither a duration nor a time", s)
}

func (p *program) printHistory(events []timeline.Event, asJSON bool) error {
	for i := range events {
		e := &events[i]
		if asJSON {
			if err := json.NewEncoder(p.stdout).Encode(e); err != nil {
				return fmt.Errorf("writing: %w", err)
			}
			continue
		}
		if _, err := fmt.Fprintf(p.stdout, "%s  %-13s %s\n", e.At.Local().Format(time.DateTime), e.Kind, printable(e.Text)); err != nil {
			return fmt.Errorf("writing: %w", err)
		}
	}
	return nil
}
