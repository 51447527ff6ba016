package main

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"github.com/ringmend/ringmend/tick-cluster/internal/timeline"
)

// showRecord shows a session that was recorded.
func showRecord(o options, stdout io.Writer) error {
	f, err := os.Open(o.report)
	if err != nil {
		return fmt.Errorf("reading the record: %w", err)
	}
	defer f.Close()
	out := bufio.NewWriter(stdout)
	err = timeline.Show(out, f, timeline.Options{Verbose: o.verbose})
	// After an error of writing it is that again.
	if lost := out.Flush(); lost != nil {
		return fmt.Errorf("writing the output: %w", lost)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", o.report, err)
	}
	return nil
}
