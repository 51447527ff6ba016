package adminlive

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/ringmend/ringmend/integration/nodelab"
	"github.com/ringmend/ringmend/internal/netlab"
)

// Missing returns why there can be no labs and terminals on this machine, or nil.
func Missing() error {
	if err := netlab.Missing(); err != nil {
		return err
	}
	if _, err := exec.LookPath("tmux"); err != nil {
		return fmt.Errorf("there is no tmux (Debian: tmux): %w", err)
	}
	return nil
}

// Programs are the paths of the executables that a lab needs. They are built
// outside of its namespaces, where modules can be downloaded.
type Programs struct {
	Admin     string   // ringpop-admin
	Partition string   // make_partition
	Nodes     []string // one for each node, started with --listen and --hosts
}

// Lab is a cluster with each node on a host of its own. This process is on the
// router between them: it reaches all nodes, whatever is cut.
type Lab struct {
	// Addresses are those of the nodes, in their order.
	Addresses []string

	programs Programs
	network  *netlab.Network
	nodes    *nodelab.Nodes
}

// NewLab starts a cluster and waits until it is one. What its nodes print goes to
// files in dir. It may be called once in a process that is [netlab.Inside].
func NewLab(p Programs, dir string, patience time.Duration) (*Lab, error) {
	network, err := netlab.New(len(p.Nodes))
	if err != nil {
		return nil, fmt.Errorf("make a network: %w", err)
	}
	nodes, err := nodelab.Start(network, p.Nodes, dir)
	if err != nil {
		return nil, fmt.Errorf("start nodes: %w", err)
	}
	l := &Lab{programs: p, network: network, nodes: nodes}
	for i := range p.Nodes {
		l.Addresses = append(l.Addresses, network.Address(i)+":3000")
	}
	if _, err := nodes.Await(patience, nodes.Whole); err != nil {
		l.Close()
		return nil, fmt.Errorf("wait for one cluster: %w\n%s", err, printed(dir))
	}
	return l, nil
}

// printed returns the ends of what the nodes printed.
func printed(dir string) string {
	const most = 2_000
	var all strings.Builder
	files, _ := filepath.Glob(filepath.Join(dir, "*.log")) // the pattern is a good one
	for _, file := range files {
		data, err := os.ReadFile(file)
		fmt.Fprintf(&all, "--- %s, %v\n%s", filepath.Base(file), err, data[max(0, len(data)-most):])
	}
	return all.String()
}

// Close ends the nodes.
func (l *Lab) Close() { l.nodes.Stop() }

// Cut parts the cluster by the rules that make_partition writes, loaded on every
// host. Each part is a list of indices of nodes.
func (l *Lab) Cut(parts ...[]int) error {
	args := []string{"--static"}
	for _, part := range parts {
		var names []string
		for _, i := range part {
			names = append(names, l.Addresses[i])
		}
		args = append(args, strings.Join(names, ","))
	}
	return l.load(args...)
}

// Mend takes a cut back.
func (l *Lab) Mend() error { return l.load("--heal") }

// load loads what make_partition prints on every host.
func (l *Lab) load(args ...string) error {
	rules, err := exec.Command(l.programs.Partition, args...).Output()
	if err != nil {
		return fmt.Errorf("make_partition %s: %w", strings.Join(args, " "), err)
	}
	for host := range l.Addresses {
		line := l.network.On(host, "iptables-restore", "--noflush")
		cmd := exec.Command(line[0], line[1:]...)
		cmd.Stdin = bytes.NewReader(rules)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("load the rules of make_partition on host %d: %w: %s", host, err, bytes.TrimSpace(out))
		}
	}
	return nil
}

// Admin returns the path of ringpop-admin.
func (l *Lab) Admin() string { return l.programs.Admin }

// Run runs ringpop-admin on the router and returns what it prints.
func (l *Lab) Run(args ...string) (string, error) {
	out, err := exec.Command(l.programs.Admin, args...).CombinedOutput()
	return string(out), err
}
