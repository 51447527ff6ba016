package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/integration/nodelab"
	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/internal/netlab"
	"github.com/ringmend/ringmend/node/wire"
)

// measure prints a row for each cluster and kind of cut. It runs in the
// namespaces.
func measure(o *options, dir string, out io.Writer) error {
	network, err := netlab.New(o.nodes)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "| nodes | split | cluster | packets | cut for | healed after: median | longest | runs | harmed, say ours | says ringpop-go | SYNs a minute and side |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|---|---|")
	for _, cluster := range o.programs {
		for _, kind := range o.kinds {
			var all []outcome
			for i := range o.runs {
				fmt.Fprintf(os.Stderr, "%s, %s, run %d of %d\n", cluster, kind, i+1, o.runs)
				one, err := once(o, network, netlab.Kind(kind), o.binaries(cluster, dir))
				if err != nil {
					return fmt.Errorf("%s, %s: %w", cluster, kind, err)
				}
				all = append(all, one)
			}
			fmt.Fprintf(out, "| %d | %d from %d | %s | %s | %v | %s |\n", o.nodes, o.first, o.nodes-o.first, cluster, kind, o.cut, row(o.limit, all))
		}
	}
	fmt.Fprintf(out, "\nOn %d CPUs; load averages at the end: %s\n", runtime.NumCPU(), rig.Loads())
	return nil
}

// binaries returns the program of each host.
func (o *options) binaries(cluster, dir string) []string {
	pattern := programs[cluster]
	if cluster == "halves" {
		pattern = strings.Repeat("o", o.first) + strings.Repeat("g", o.nodes-o.first)
	}
	var paths []string
	for i := range o.nodes {
		paths = append(paths, filepath.Join(dir, pattern[i%len(pattern):i%len(pattern)+1]))
	}
	return paths
}

// parts returns the hosts of each side.
func (o *options) parts() (parts [2][]int) {
	for i := range o.nodes {
		side := 0
		if i >= o.first {
			side = 1
		}
		parts[side] = append(parts[side], i)
	}
	return parts
}

// outcome is what was seen of one split.
type outcome struct {
	healed bool          // within the limit
	took   time.Duration // from the network's return
	harmed views         // how often a node was seen that held one of its own side faulty
	dials  float64       // a minute, of the side with more of them
	dialed bool          // dials were counted
}

// views counts what is seen in the views of nodes, by their program.
type views struct{ ours, ringpopGo int }

// add counts what the nodes see, each with its program.
func (v *views) add(harms []nodelab.Harm, binaries []string) {
	for _, h := range harms {
		if filepath.Base(binaries[h.By]) == "o" {
			v.ours++
		} else {
			v.ringpopGo++
		}
	}
}

// row sums up runs.
func row(limit time.Duration, all []outcome) string {
	slices.SortFunc(all, func(a, b outcome) int { return int(a.took - b.took) })
	harmed, counted, dials := views{}, 0, 0.0
	for _, one := range all {
		harmed.ours += one.harmed.ours
		harmed.ringpopGo += one.harmed.ringpopGo
		if one.dialed {
			counted++
			dials += one.dials
		}
	}
	mean := "-"
	if counted > 0 {
		mean = fmt.Sprintf("%.0f", dials/float64(counted))
	}
	took := func(one outcome) string {
		if !one.healed {
			return fmt.Sprintf("not in %v", limit)
		}
		return fmt.Sprintf("%.1f s", one.took.Seconds())
	}
	middle := all[len(all)/2]
	if len(all)%2 == 0 {
		middle.took = (middle.took + all[len(all)/2-1].took) / 2
	}
	return fmt.Sprintf("%s | %s | %d | %d | %d | %s", took(middle), took(all[len(all)-1]), len(all), harmed.ours, harmed.ringpopGo, mean)
}

// once makes a cluster, splits it, and mends it.
func once(o *options, network *netlab.Network, kind netlab.Kind, binaries []string) (one outcome, err error) {
	dir, err := os.MkdirTemp("", "ringmend-split-")
	if err != nil {
		return one, err
	}
	defer os.RemoveAll(dir)
	nodes, err := nodelab.Start(network, binaries, dir)
	if err != nil {
		return one, err
	}
	defer nodes.Stop()
	if _, err := nodes.Await(2*time.Minute, func(v []*wire.MembershipStats) bool { return nodes.Whole(v) && nodes.Ready() }); err != nil {
		return one, fmt.Errorf("the nodes find no common membership: %w", err)
	}
	parts := o.parts()
	if err := network.Cut(kind, parts[:]...); err != nil {
		return one, err
	}
	began := time.Now()
	look := func(v []*wire.MembershipStats) (apart bool) {
		harms := nodes.Harms(v, parts[:]...)
		if len(harms) > 0 && one.harmed == (views{}) {
			fmt.Fprintf(os.Stderr, "harmed %.1f s after the cut: %+v\n", time.Since(began).Seconds(), harms)
			for _, i := range []int{harms[0].By, harms[0].Of} {
				text, err := nodes.Output(i)
				fmt.Fprintln(os.Stderr, "what node", i, "has printed:", text, err)
			}
		}
		one.harmed.add(harms, binaries)
		return nodes.Apart(v, parts[:]...)
	}
	if err := one.watchCut(o, network, nodes, look); err != nil {
		return one, err
	}
	if err := network.Mend(); err != nil {
		return one, err
	}
	one.took, err = nodes.Await(o.limit, func(v []*wire.MembershipStats) bool {
		look(v)
		return nodes.Whole(v)
	})
	one.healed = err == nil
	if errors.Is(err, nodelab.ErrLimit) {
		one.took, err = o.limit, nil
	}
	return one, err
}

// watchCut looks at the nodes while the network is cut, and counts what they
// dial once they hold each other faulty.
func (one *outcome) watchCut(o *options, network *netlab.Network, nodes *nodelab.Nodes, look func([]*wire.MembershipStats) (apart bool)) error {
	dials := func() (counts [2]int, err error) {
		for side := range counts {
			if counts[side], err = network.Dials(side); err != nil {
				return counts, err
			}
		}
		return counts, nil
	}
	var since time.Time // zero: not counted yet
	var first [2]int
	began := time.Now()
	for time.Since(began) < o.cut {
		polled := time.Now()
		if apart := look(nodes.Views()); apart && since.IsZero() && time.Since(began) >= o.dialsAfter {
			var err error
			if first, err = dials(); err != nil {
				return err
			}
			since = time.Now()
		}
		time.Sleep(max(100*time.Millisecond, 4*time.Since(polled)))
	}
	if since.IsZero() {
		return nil
	}
	last, err := dials()
	if err != nil {
		return err
	}
	one.dialed = true
	one.dials = float64(max(last[0]-first[0], last[1]-first[1])) / time.Since(since).Minutes()
	return nil
}
