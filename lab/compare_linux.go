package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/lab/compare"
	"github.com/ringmend/ringmend/lab/fault"
	"github.com/ringmend/ringmend/lab/result"
)

func (p *program) compareCommand() *cobra.Command {
	var asJSON bool
	var answered, metrics, title string
	var names []string
	cmd := &cobra.Command{
		Use: "compare DIR...", Short: "Put runs side by side: medians, spread, ratios, charts",
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("directories of results are expected, or of several results")
			}
			for _, name := range names {
				if !knownMetric(name) {
					return usagef("--metrics: unknown metric %q", name)
				}
			}
			signal.Ignore(syscall.SIGPIPE)
			runs, err := compare.Find(args)
			if err != nil {
				return err
			}
			groups := compare.Groups(runs, fault.FaultNames())
			err = errors.Join(
				toFile(answered, func(f *os.File) error { return compare.WriteAnswered(f, title, groups) }),
				toFile(metrics, func(f *os.File) error { return compare.WriteMetrics(f, title, names, groups) }),
			)
			if err != nil {
				return err
			}
			if asJSON {
				e := json.NewEncoder(p.stdout)
				e.SetIndent("", "  ")
				return e.Encode(struct {
					Version int              `json:"version"`
					Groups  []*compare.Group `json:"groups"`
				}{result.FormatVersion, groups})
			}
			return compare.WriteTable(p.stdout, groups)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&asJSON, "json", false, "print JSON")
	f.StringVar(&title, "title", "Runs side by side", "`TEXT` above the charts")
	f.StringVar(&answered, "svg", "", "draw how much was answered over time into `FILE`")
	f.StringVar(&metrics, "svg-metrics", "", "draw the values of --metrics into `FILE`")
	f.StringSliceVar(&names, "metrics", []string{"answered during", "gap from fault", "gap from mend"}, "`NAMES` of metrics to draw, as the table has them")
	return cmd
}

func knownMetric(name string) bool {
	return slices.ContainsFunc(compare.Metrics, func(m compare.Metric) bool { return m.Name == name })
}

// toFile writes a file, if one is named.
func toFile(name string, write func(*os.File) error) error {
	if name == "" {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}
