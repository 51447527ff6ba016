package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/ringmend/ringmend/internal/atomicfile"
	"github.com/ringmend/ringmend/internal/netlab"
	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/internal/proc"
	"github.com/ringmend/ringmend/node/tchan"
)

// cluster is the nodes, and what asks them.
type cluster struct {
	options
	random  *rand.Rand
	network *netlab.Network // nil: all are at 127.0.0.1, and are not cut
	ports   ports.Pool      // used there
	client  *tchan.Transport
	nodes   []*node
	number  int  // of nodes so far
	cut     bool // there is one
}

// node is one process after another at the same addresses.
type node struct {
	number        int
	host          int // of the network
	address, http string
	log           *os.File
	process       *proc.Process
	paused        bool
}

// newCluster returns a cluster without nodes. It has a network if there is one.
func newCluster(o options, network *netlab.Network) (*cluster, error) {
	client, err := tchan.New(tchan.Options{})
	if err != nil {
		return nil, err
	}
	return &cluster{options: o, network: network, random: rand.New(rand.NewPCG(o.seed, 0)), client: client}, nil
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
	for host := range c.options.nodes {
		if err := c.add(host); err != nil {
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

// firstPort is that of the first node on a host.
const firstPort = 3000

// add makes a node at new addresses of a host, which is not started.
func (c *cluster) add(host int) error {
	n := &node{number: c.number, host: host}
	c.number++
	for i, address := range []*string{&n.address, &n.http} {
		if c.network != nil {
			*address = fmt.Sprintf("%s:%d", c.network.Address(host), firstPort+2*n.number+i)
			continue
		}
		var err error
		if *address, _, err = c.ports.Take("127.0.0.1"); err != nil {
			return err
		}
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

// start starts the process of a node. The first has few descriptors, and the second a disk
// that is full. clock may be words that give it another one.
func (c *cluster) start(n *node, clock ...string) (err error) {
	args := []string{c.program, "--listen=" + n.address, "--hosts=" + c.hostsFile(), "--suspect-period=3000"}
	if !c.stock {
		args = append(args, "--http="+n.http)
	}
	limit := "4096"
	switch n.number {
	case 0:
		limit = fewFiles
	case 1:
		args = append(args, c.onFullDisk()...)
	}
	line := append([]string{"sh", "-c", `ulimit -n "$0" && exec "$@"`, limit}, append(clock, args...)...)
	if c.network != nil {
		line = c.network.On(n.host, line...)
	}
	n.paused = false
	n.process, err = proc.Start(proc.Spec{Path: line[0], Args: line[1:], Output: proc.To(n.log)})
	return err
}

// fewFiles is how many files the first node may have open.
const fewFiles = "64"

// onFullDisk has a node write to a disk on which there is no room.
func (c *cluster) onFullDisk() []string {
	disk := fullDisk(c.network != nil, c.dir)
	if c.stock || disk == "" {
		return []string{"--stats-file=/dev/full"}
	}
	return []string{"--stats-file=" + filepath.Join(disk, "stats"), "--snapshot=" + filepath.Join(disk, "snapshot")}
}
