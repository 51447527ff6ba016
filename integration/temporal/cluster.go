package temporal

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/internal/netlab"
	"github.com/ringmend/ringmend/internal/proc"
)

//go:embed config.yaml.txt
var config string

// Hosts is how many hosts a cluster needs.
const Hosts = 2

// Members is how many members the ring has when all processes run: one for each service.
const Members = 7

// Cluster is a Temporal cluster on the first two hosts of a network.
type Cluster struct {
	// Processes of it, the first frontend first.
	Processes []*Process

	network *netlab.Network
	dir     string // the database, the configurations and the logs
	loads   []*Load
}

// Process is a process of Temporal's server. Its methods must not be called concurrently.
type Process struct {
	Host     int
	Services []string

	cluster *Cluster
	running *proc.Process
}

// New returns a cluster of which no process runs yet.
func New(network *netlab.Network) (*Cluster, error) {
	dir, err := os.MkdirTemp("", "temporal-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{network: network, dir: dir}
	for host, processes := range [Hosts][]string{
		{"frontend", "history", "matching", "worker"},
		{"history matching", "frontend"},
	} {
		for _, services := range processes {
			c.Processes = append(c.Processes, &Process{Host: host, Services: strings.Fields(services), cluster: c})
		}
		text := fmt.Sprintf(config, dir, network.Address(host), network.Address(0))
		if err := os.WriteFile(c.config(host), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *Cluster) config(host int) string {
	return filepath.Join(c.dir, fmt.Sprintf("host%d.yaml", host))
}

// startLimit is how long a cluster, or one process, may take to become part of the ring.
const startLimit = 3 * time.Minute

// Start starts all processes with the program of their host, and returns when the ring is whole.
func (c *Cluster) Start(programs [Hosts]string) error {
	// The first frontend makes the schema, before it joins the ring.
	if err := c.Processes[0].Start(programs[0]); err != nil {
		return err
	}
	if _, err := c.Await(startLimit, func(v *admin.Verdict) bool { return len(v.Up) == 1 }); err != nil {
		return fmt.Errorf("wait for the first frontend: %w", err)
	}
	for _, p := range c.Processes[1:] {
		if err := p.Start(programs[p.Host]); err != nil {
			return err
		}
	}
	if _, err := c.Await(startLimit, Whole); err != nil {
		return fmt.Errorf("wait for a ring of %d: %w", Members, err)
	}
	return nil
}

// String returns the host, from 1 on, and the services.
func (p *Process) String() string {
	return fmt.Sprintf("host%d-%s", p.Host+1, strings.Join(p.Services, "-"))
}

// Start starts the process, which must not run. What it logs follows what it logged before.
func (p *Process) Start(program string) error {
	line := []string{program, "--config-file", p.cluster.config(p.Host), "--allow-no-auth", "start"}
	for _, s := range p.Services {
		line = append(line, "--service", s)
	}
	log, err := os.OpenFile(filepath.Join(p.cluster.dir, p.String()+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	line = p.cluster.network.On(p.Host, line...)
	p.running, err = proc.Start(proc.Spec{Path: line[0], Args: line[1:], Output: func(output *os.File) {
		defer log.Close()
		proc.To(log)(output)
	}})
	if err != nil {
		log.Close()
	}
	return err
}

// Kill ends the process by SIGKILL.
func (p *Process) Kill() { p.running.Kill() }

// stopLimit is how long a process may take to end by itself.
const stopLimit = time.Minute

// Terminate sends a SIGTERM, and returns without waiting.
func (p *Process) Terminate() error { return p.running.Terminate(stopLimit) }

// Ended waits for the end of the process, and describes it.
func (p *Process) Ended() string { return p.running.Ending() }

// Stop ends everything and removes the files. The network stays.
func (c *Cluster) Stop() error {
	var ending sync.WaitGroup
	for _, l := range c.loads {
		ending.Go(l.process.Kill)
	}
	for _, p := range c.Processes {
		if p.running != nil {
			ending.Go(p.Kill)
		}
	}
	ending.Wait()
	return os.RemoveAll(c.dir)
}

// CountInLogs returns how often a text is in the logs of the processes with a service.
func (c *Cluster) CountInLogs(service, text string) (n int) {
	for _, log := range c.logs("*" + service + "*.log") {
		n += strings.Count(log, text)
	}
	return n
}

// Tail returns the ends of the logs.
func (c *Cluster) Tail() string {
	var all strings.Builder
	for name, log := range c.logs("*.log") {
		fmt.Fprintf(&all, "--- %s\n%s\n", name, log[max(0, len(log)-1500):])
	}
	return all.String()
}

func (c *Cluster) logs(pattern string) map[string]string {
	logs := make(map[string]string)
	files, _ := filepath.Glob(filepath.Join(c.dir, pattern)) // the pattern is a good one
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			data = []byte(err.Error())
		}
		logs[filepath.Base(file)] = string(data)
	}
	return logs
}
