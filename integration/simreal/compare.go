package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/internal/netlab"
)

// result is what one history took at one size, in all runs, in seconds.
type result struct {
	What      string    `json:"what"`
	Nodes     int       `json:"nodes"`
	Real      []float64 `json:"real_seconds"`
	Simulated []float64 `json:"simulated_seconds"`
}

// results are those of one size.
type results struct {
	nodes int
	list  []*result
	// of the processes: when the first was up, and the last
	first, last []time.Duration
}

// compare plays all histories in both, and prints the table. It runs in the namespaces.
func compare(o *options, testpop string, out io.Writer) error {
	network, err := netlab.New(slices.Max(o.nodes))
	if err != nil {
		return err
	}
	var all []*result
	loads := []string{load()}
	for _, nodes := range o.nodes {
		r := &results{nodes: nodes}
		if err := r.reality(o, network, testpop); err != nil {
			return err
		}
		loads = append(loads, load())
		if err := r.simulation(o); err != nil {
			return err
		}
		all = append(all, r.list...)
		fmt.Fprintf(os.Stderr, "%d processes: the first was up after %v, the last after %v (medians)\n", nodes, middle(r.first), middle(r.last))
	}
	if o.json != "" {
		text, err := json.MarshalIndent(all, "", " ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.json, append(text, '\n'), 0o644); err != nil {
			return err
		}
	}
	fmt.Fprintln(out, "| nodes | seconds from … to … | processes: median (range) | simulator: median (range) | simulator / processes |")
	fmt.Fprintln(out, "|---|---|---|---|---|")
	for _, r := range all {
		if len(r.Real) > 0 && len(r.Simulated) > 0 {
			fmt.Fprintln(out, r.row())
		}
	}
	_, err = fmt.Fprintf(out, "\n%d runs with processes, %d in the simulator. %d CPUs; load averages before and between: %s\n",
		o.runs, o.simulated, runtime.NumCPU(), strings.Join(loads, "; "))
	return err
}

// reality plays the histories with processes.
func (r *results) reality(o *options, network *netlab.Network, testpop string) error {
	for i := range o.runs {
		for _, h := range o.chosen() {
			fmt.Fprintf(os.Stderr, "%d processes, %s, run %d of %d\n", r.nodes, h.name, i+1, o.runs)
			f, err := r.process(&h, i, network, testpop)
			if err != nil {
				return fmt.Errorf("%d processes, %s: %w", r.nodes, h.name, err)
			}
			for what, took := range f {
				one := r.of(what)
				one.Real = append(one.Real, took.Seconds())
			}
		}
	}
	return nil
}

// process plays one history with processes.
func (r *results) process(h *history, run int, network *netlab.Network, testpop string) (f figures, err error) {
	dir, err := os.MkdirTemp("", "ringmend-simreal-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := newReality(network, testpop, r.nodes, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	f, err = h.perform(s, r.nodes, run)
	first, last := s.started()
	r.first, r.last = append(r.first, first), append(r.last, last)
	return f, err
}

// simulation plays the histories in the simulator.
func (r *results) simulation(o *options) error {
	first, last := middle(r.first), middle(r.last)
	for _, h := range o.chosen() {
		fmt.Fprintf(os.Stderr, "%d nodes in the simulator, %s\n", r.nodes, h.name)
		for seed := range o.simulated {
			f, err := h.perform(newSimulation(r.nodes, uint64(seed+1), first, last), r.nodes, seed)
			if err != nil {
				return fmt.Errorf("%d nodes in the simulator, %s, seed %d: %w", r.nodes, h.name, seed+1, err)
			}
			for what, took := range f {
				one := r.of(what)
				one.Simulated = append(one.Simulated, took.Seconds())
			}
		}
	}
	return nil
}

// chosen are the histories that are asked for.
func (o *options) chosen() []history {
	return slices.DeleteFunc(slices.Clone(histories), func(h history) bool { return !slices.Contains(o.histories, h.name) })
}

// of returns the result about something; the list is in the order of the table.
func (r *results) of(what string) *result {
	if r.list == nil {
		for _, w := range measured {
			r.list = append(r.list, &result{What: w, Nodes: r.nodes})
		}
	}
	return r.list[slices.Index(measured, what)]
}

// row is the result as a row of the table.
func (r *result) row() string {
	real, simulated := spreadOf(r.Real), spreadOf(r.Simulated)
	return fmt.Sprintf("| %d | %s | %v | %v | %.2f |", r.Nodes, r.What, real, simulated, simulated.median/real.median)
}

// spread is the median of some values, and their range.
type spread struct{ median, least, most float64 }

func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return spread{(sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[0], sorted[n-1]}
}

func (s spread) String() string { return fmt.Sprintf("%.2f (%.2f to %.2f)", s.median, s.least, s.most) }

func middle(list []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(list))[len(list)/2].Round(time.Millisecond)
}

// load returns the load average of the last minute.
func load() string {
	one, _, _ := strings.Cut(rig.Loads(), ",")
	return one
}
