package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/internal/proc"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// Cluster is a number of nodes that know of each other from one hosts file.
type Cluster struct {
	Nodes []*Node

	t testing.TB
}

// Start starts one node of each of the given programs. It does not wait for
// them: see [Cluster.Wait]. They are killed when the test ends.
func Start(t testing.TB, programs ...Program) *Cluster {
	t.Helper()
	return StartListed(t, func(address string) string { return address }, programs...)
}

// StartListed is [Start] with a hosts file in which each node is listed as list says of
// its address.
func StartListed(t testing.TB, list func(address string) string, programs ...Program) *Cluster {
	t.Helper()
	client, err := tchan.New(tchan.Options{})
	if err != nil {
		t.Fatalf("transport to ask nodes with: %v", err)
	}
	t.Cleanup(func() { client.Close() })

	addresses := ports.Addresses(t, len(programs))
	listed := make([]string, len(addresses))
	for i, address := range addresses {
		listed[i] = list(address)
	}
	hosts, err := wire.Marshal(listed)
	if err != nil {
		t.Fatalf("hosts file: %v", err)
	}
	hostsFile := filepath.Join(t.TempDir(), "hosts.json")
	if err := os.WriteFile(hostsFile, hosts, 0o644); err != nil {
		t.Fatalf("hosts file: %v", err)
	}

	c := &Cluster{t: t}
	for i, program := range programs {
		c.Nodes = append(c.Nodes, &Node{
			Address: addresses[i],
			Program: program,
			path:    Build(t, program),
			args:    []string{"--listen=" + addresses[i], "--hosts=" + hostsFile},
			client:  client,
			out:     &proc.Tail{},
		})
	}
	t.Cleanup(func() {
		for _, n := range c.Nodes {
			n.Kill()
		}
	})
	for i := range c.Nodes {
		c.StartNode(i)
	}
	return c
}

// StartNode starts node i, which is not running, with the arguments that it had
// before.
func (c *Cluster) StartNode(i int) {
	c.t.Helper()
	if err := c.Nodes[i].Start(); err != nil {
		c.t.Fatal(err)
	}
}

// Running returns the nodes whose processes exist.
func (c *Cluster) Running() []*Node {
	var running []*Node
	for _, n := range c.Nodes {
		if n.Running() {
			running = append(running, n)
		}
	}
	return running
}

// patience is longer than anything takes on a busy machine. A ringpop-go node whose
// joins time out retries after a delay that doubles up to a minute, and exits after
// two minutes.
const patience = 3 * time.Minute

// Wait asks again and again until condition returns nil. When it never does, the
// test fails with the condition's last error and what the nodes printed.
func (c *Cluster) Wait(what string, condition func(context.Context) error) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	start := time.Now()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for {
		err := condition(ctx)
		if err == nil {
			c.t.Logf("%s: after %v", what, time.Since(start).Round(time.Millisecond))
			return
		}
		select {
		case <-ctx.Done():
			c.t.Fatalf("%s: not within %v: %v\n%s", what, patience, err, c.outputs())
		case <-poll.C:
		}
	}
}

func (c *Cluster) outputs() string {
	const most = 2_000
	var all strings.Builder
	for i, n := range c.Nodes {
		out := n.Output()
		fmt.Fprintf(&all, "--- node %d, %s, %s, running: %v\n%s\n", i, n.Address, n.Program, n.Running(), out[max(0, len(out)-most):])
	}
	return all.String()
}
