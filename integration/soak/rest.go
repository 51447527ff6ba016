package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ringmend/ringmend/integration/scrape"
	"github.com/ringmend/ringmend/node/wire"
)

const (
	// restWithin is how long the cluster may take to agree, on a busy machine.
	restWithin = 5 * time.Minute
	// restAfter is how long it is left alone then, before it is measured.
	restAfter = 20 * time.Second
	callTime  = 5 * time.Second
)

// measures are the largest ones of all nodes, by the names of their metrics.
type measures map[string]float64

// measured are the metrics that must not grow, with what they may grow by in addition to
// doubling.
var measured = map[string]float64{
	"go_goroutines":                 100,
	"process_open_fds":              100,
	"process_resident_memory_bytes": 64 << 20,
}

// rest waits until all agree, and measures.
func (c *cluster) rest(ctx context.Context, out io.Writer) (measures, error) {
	began := time.Now()
	for {
		missing := c.disagreement(ctx)
		if missing == nil {
			break
		}
		if time.Since(began) > restWithin {
			return nil, missing
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	fmt.Fprintf(out, "all agree after %v\n", time.Since(began).Round(time.Second))
	select {
	case <-time.After(restAfter):
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if err := c.disagreement(ctx); err != nil {
		return nil, fmt.Errorf("not for long: %w", err)
	}
	most := make(measures)
	for _, n := range c.nodes {
		if err := n.measure(ctx, most); err != nil {
			return nil, err
		}
	}
	fmt.Fprintf(out, "at most: %.0f goroutines, %.0f descriptors, %.0f MB\n",
		most["go_goroutines"], most["process_open_fds"], most["process_resident_memory_bytes"]/(1<<20))
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
func (n *node) measure(ctx context.Context, most measures) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	values, err := scrape.Metrics(ctx, n.http)
	if err != nil {
		return err
	}
	for name := range measured {
		value, found := values[name]
		if !found {
			return fmt.Errorf("node %d has no metric %s", n.number, name)
		}
		most[name] = max(most[name], value)
	}
	return nil
}

// grown returns what has grown too much.
func (m measures) grown(before measures) error {
	var errs []error
	for name, spare := range measured {
		if limit := 2*before[name] + spare; m[name] > limit {
			errs = append(errs, fmt.Errorf("%s has grown from %.0f to %.0f", name, before[name], m[name]))
		}
	}
	return errors.Join(errs...)
}
