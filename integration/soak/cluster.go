package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/ringmend/ringmend/internal/atomicfile"
	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/internal/proc"
	"github.com/ringmend/ringmend/node/tchan"
)

// cluster is the nodes, and what asks them.
type cluster struct {
	options
	random *rand.Rand
	ports  ports.Pool
	client *tchan.Transport
	nodes  []*node
	number int // of nodes so far
}

// node is one process after another at the same addresses.
type node struct {
	number        int
	address, http string
	taken         []int // ports
	log           *os.File
	process       *proc.Process
	paused        bool
}

func newCluster(o options) (*cluster, error) {
	client, err := tchan.New(tchan.Options{})
	if err != nil {
		return nil, err
	}
	return &cluster{options: o, random: rand.New(rand.NewPCG(o.seed, 0)), client: client}, nil
}

func (c *cluster) close() {
	for _, n := range c.nodes {
		n.process.Kill()
		n.log.Close()
	}
	c.client.Close()
}

// startAll starts the first nodes, all at the same time.
func (c *cluster) startAll() error {
	for range c.options.nodes {
		if err := c.add(); err != nil {
			return err
		}
	}
	if err := c.writeHosts(); err != nil {
		return err
	}
	for _, n := range c.nodes {
		if err := c.start(n); err != nil {
			return err
		}
	}
	return nil
}

// add makes a node at new addresses, which is not started.
func (c *cluster) add() error {
	n := &node{number: c.number}
	c.number++
	for _, address := range []*string{&n.address, &n.http} {
		var port int
		var err error
		if *address, port, err = c.ports.Take("127.0.0.1"); err != nil {
			return err
		}
		n.taken = append(n.taken, port)
	}
	var err error
	n.log, err = os.Create(filepath.Join(c.dir, fmt.Sprintf("node-%d.log", n.number)))
	if err != nil {
		return err
	}
	c.nodes = append(c.nodes, n)
	return nil
}

func (c *cluster) hostsFile() string { return filepath.Join(c.dir, "hosts.json") }

// writeHosts writes the addresses that there are.
func (c *cluster) writeHosts() error {
	var hosts []string
	for _, n := range c.nodes {
		hosts = append(hosts, n.address)
	}
	data, err := json.Marshal(hosts)
	if err != nil {
		return err
	}
	return atomicfile.Write(c.hostsFile(), data)
}

// start starts the process of a node. The first has few descriptors, and the second
// writes its stats to a disk that is full.
func (c *cluster) start(n *node) (err error) {
	args := []string{c.program, "--listen=" + n.address, "--hosts=" + c.hostsFile(), "--http=" + n.http, "--suspect-period=3000"}
	limit := "4096"
	switch n.number {
	case 0:
		limit = "64"
	case 1:
		args = append(args, "--stats-file=/dev/full")
	}
	args = append([]string{"-c", `ulimit -n "$0" && exec "$@"`, limit}, args...)
	n.paused = false
	n.process, err = proc.Start(proc.Spec{Path: "sh", Args: args, Output: proc.To(n.log)})
	return err
}
