package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/ringmend/ringmend/internal/netlab"
)

// deedNames returns the names of all deeds.
func deedNames() []string {
	var names []string
	for _, d := range deeds {
		names = append(names, d.name)
	}
	return slices.Compact(names)
}

// eachDeed torments a cluster with each deed alone, and says what became of it.
func eachDeed(ctx context.Context, o options, network *netlab.Network, out io.Writer) error {
	rows := "| done to nodes again and again | and then |\n|---|---|\n"
	for _, name := range deedNames() {
		one := o
		one.only = name
		fmt.Fprintf(out, "--- %s\n", name)
		began := time.Now()
		err := soak(ctx, one, network, out)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if network != nil {
			if err := network.Mend(); err != nil {
				return err
			}
		}
		result := "all agree, nothing has grown"
		if err != nil {
			result = "**" + err.Error() + "**"
		}
		fmt.Fprintf(out, "%s: %s after %v\n", name, result, time.Since(began).Round(time.Second))
		rows += fmt.Sprintf("| %s | %s |\n", name, result)
	}
	fmt.Fprint(out, rows)
	return nil
}
