package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ringmend/ringmend/integration/nodelab"
	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/internal/proc"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// The programs.
const (
	ours      = "testpop"
	ringpopGo = "testpop-ringpop-go"
)

// cluster is processes on this machine.
type cluster struct {
	dir      string // of the programs
	verdicts *verdicts
	ports    ports.Pool
	taken    []int
	client   *tchan.Transport
	nodes    []*node
}

type node struct {
	address string
	program string
	process *proc.Process
}

// start starts n nodes.
func (c *cluster) start(n int, k kind) (err error) {
	if c.client, err = tchan.New(tchan.Options{}); err != nil {
		return err
	}
	var addresses []string
	for i := range n {
		address, port, err := c.ports.Take("127.0.0.1")
		if err != nil {
			return err
		}
		c.taken = append(c.taken, port)
		addresses = append(addresses, address)
		program := ours
		if k.mixed && i%2 == 1 {
			program = ringpopGo
		}
		c.verdicts.add(address, program)
		c.nodes = append(c.nodes, &node{address: address, program: program})
	}
	hosts := filepath.Join(c.dir, "hosts.json")
	text, err := json.Marshal(addresses)
	if err != nil {
		return err
	}
	if err := os.WriteFile(hosts, text, 0o600); err != nil {
		return err
	}
	for i, n := range c.nodes {
		args := []string{"--listen=" + n.address, "--hosts=" + hosts}
		if n.program == ours {
			args = append(append(args, "--log-format=json"), k.args...)
		}
		spec := proc.Spec{Path: filepath.Join(c.dir, n.program), Args: args, Output: func(output *os.File) { c.verdicts.read(i, output) }}
		if n.process, err = proc.Start(spec); err != nil {
			return err
		}
	}
	return nil
}

func (c *cluster) close() {
	for _, n := range c.nodes {
		if n.process != nil {
			n.process.Kill()
		}
	}
	c.ports.Release(c.taken...)
	if c.client != nil {
		c.client.Close()
	}
}

// patience is how long the nodes have to find each other.
const patience = 2 * time.Minute

// agree waits until all nodes hold all alive, with one checksum.
func (c *cluster) agree(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("the nodes do not find each other"))
	defer cancel()
	for agree, checksum := 0, uint32(0); agree < len(c.nodes); {
		stats, err := c.stats(ctx, c.nodes[agree])
		if err == nil && nodelab.Count(&stats.Membership, wire.Alive) == len(c.nodes) && (agree == 0 || stats.Membership.Checksum == checksum) {
			checksum = stats.Membership.Checksum
			agree++
			continue
		}
		agree = 0
		if err := rig.Pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func (c *cluster) stats(ctx context.Context, n *node) (*wire.Stats, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	body, err := c.client.Call(ctx, n.address, wire.EndpointStats, nil)
	if err != nil {
		return nil, err
	}
	stats := new(wire.Stats)
	if err := wire.Unmarshal(body, stats); err != nil {
		return nil, fmt.Errorf("stats of %s: %w", n.address, err)
	}
	return stats, nil
}
