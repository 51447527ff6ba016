package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/integration/scrape"
	"github.com/ringmend/ringmend/node/wire"
)

// callTime is how long a node may take to answer.
const callTime = 5 * time.Second

// measures are the largest ones of all nodes, by their names.
type measures map[string]float64

// measured are what must not grow, with what it may grow by in addition to doubling.
var measured = map[string]float64{
	"goroutines":  100,
	"descriptors": 100,
	"MB":          64,
}

// rest waits until all agree, and measures.
func (c *cluster) rest(ctx context.Context, out io.Writer) (measures, error) {
	began := time.Now()
	for {
		missing := c.disagreement(ctx)
		if missing == nil {
			break
		}
		if time.Since(began) > c.within {
			return nil, missing
		}
		if err := rig.Pause(ctx, time.Second); err != nil {
			return nil, err
		}
	}
	fmt.Fprintf(out, "all agree after %v\n", time.Since(began).Round(time.Second))
	if err := rig.Pause(ctx, c.rests); err != nil {
		return nil, err
	}
	if err := c.disagreement(ctx); err != nil {
		return nil, fmt.Errorf("not for long: %w", err)
	}
	most := make(measures)
	for _, n := range c.nodes {
		if err := c.measure(ctx, n, most); err != nil {
			return nil, err
		}
	}
	fmt.Fprintf(out, "at most: %v\n", most)
	return most, nil
}

// disagreement returns why the nodes do not agree that all of them are alive; nil if they
// do.
func (c *cluster) disagreement(ctx context.Context) error {
	var first uint32
	for i, n := range c.nodes {
		if !n.process.Running() {
			return fmt.Errorf("node %d has ended: %s", n.number, n.process.Ending())
		}
		stats, err := c.stats(ctx, n)
		if err != nil {
			return fmt.Errorf("node %d: %w", n.number, err)
		}
		status := make(map[wire.Address]wire.Status)
		for _, m := range stats.Membership.Members {
			status[m.Address] = m.Status
		}
		for _, other := range c.nodes {
			if s, ok := status[wire.Address(other.address)]; !ok || s != wire.Alive {
				return fmt.Errorf("node %d does not hold node %d alive (known: %v, %v)", n.number, other.number, ok, s)
			}
		}
		if i == 0 {
			first = stats.Membership.Checksum
		} else if stats.Membership.Checksum != first {
			return fmt.Errorf("node %d has another checksum than node %d", n.number, c.nodes[0].number)
		}
	}
	return nil
}

func (c *cluster) stats(ctx context.Context, n *node) (*wire.Stats, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	body, err := c.client.Call(ctx, n.address, wire.EndpointStats, []byte("null"))
	if err != nil {
		return nil, err
	}
	stats := new(wire.Stats)
	return stats, wire.Unmarshal(body, stats)
}

// measure raises measures to those of a node.
func (c *cluster) measure(ctx context.Context, n *node, most measures) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	memory, files, err := rig.Occupied(leaf(n.process.PID))
	if err != nil {
		return err
	}
	most.raise("MB", float64(memory>>20))
	most.raise("descriptors", float64(files))
	if c.stock {
		return nil
	}
	values, err := scrape.Metrics(ctx, n.http)
	if err != nil {
		return err
	}
	goroutines, found := values["go_goroutines"]
	if !found {
		return fmt.Errorf("node %d has no metric go_goroutines", n.number)
	}
	most.raise("goroutines", goroutines)
	return nil
}

func (m measures) raise(name string, value float64) { m[name] = max(m[name], value) }

// String lists the measures.
func (m measures) String() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%.0f %s", m[name], name))
	}
	return strings.Join(parts, ", ")
}

// grown returns what has grown too much.
func (m measures) grown(before measures) error {
	var errs []error
	for name, spare := range measured {
		if limit := 2*before[name] + spare; m[name] > limit {
			errs = append(errs, fmt.Errorf("%s have grown from %.0f to %.0f", name, before[name], m[name]))
		}
	}
	return errors.Join(errs...)
}
