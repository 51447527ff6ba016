package nodelab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/ringmend/ringmend/internal/netlab"
	"github.com/ringmend/ringmend/internal/proc"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// port is where every node listens on its host.
const port = 3000

// callTimeout is how long a node may take to answer.
const callTimeout = time.Second

// Nodes are Ringpop programs, one on each host of a network.
type Nodes struct {
	network   *netlab.Network
	client    *tchan.Transport
	processes []*proc.Process
	addresses []string
	dir       string // of what they print
}

// Setup says how nodes are started.
type Setup struct {
	// Hosts are those that the nodes' list of hosts has. Default: all.
	Hosts []int
	// Flags are given to each node.
	Flags []string
	// Read gets what node i prints, in place of a file: it returns at the end, and is called
	// from a goroutine for each node.
	Read func(i int, output *os.File)
}

// Start starts a program on each host, programs[i] on host i, as "PROGRAM
// --listen=… --hosts=…". What they print goes to files in dir.
func Start(n *netlab.Network, programs []string, dir string) (*Nodes, error) {
	return StartAs(n, programs, dir, Setup{})
}

// StartAs is Start with a setup.
func StartAs(n *netlab.Network, programs []string, dir string, setup Setup) (*Nodes, error) {
	client, err := tchan.New(tchan.Options{})
	if err != nil {
		return nil, err
	}
	s := &Nodes{network: n, client: client, dir: dir}
	for i := range programs {
		s.addresses = append(s.addresses, Address(n, i))
	}
	listed := s.addresses
	if setup.Hosts != nil {
		listed = nil
		for _, host := range setup.Hosts {
			listed = append(listed, s.addresses[host])
		}
	}
	hosts := filepath.Join(dir, "hosts.json")
	if err := writeHosts(hosts, listed); err != nil {
		s.Stop()
		return nil, err
	}
	for i, program := range programs {
		if err := s.start(i, program, hosts, setup); err != nil {
			s.Stop()
			return nil, err
		}
	}
	return s, nil
}

func writeHosts(file string, addresses []string) error {
	data, err := json.Marshal(addresses)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}

func (s *Nodes) start(i int, program, hosts string, setup Setup) (err error) {
	line := append([]string{program, "--listen=" + s.addresses[i], "--hosts=" + hosts}, setup.Flags...)
	line = s.network.On(i, line...)
	var p *proc.Process
	if setup.Read == nil {
		p, err = StartLogged(s.logFile(i), line...)
	} else {
		p, err = proc.Start(proc.Spec{Path: line[0], Args: line[1:], Output: func(output *os.File) { setup.Read(i, output) }})
	}
	if err != nil {
		return err
	}
	s.processes = append(s.processes, p)
	return nil
}

// Address returns where the node on a host listens.
func Address(n *netlab.Network, host int) string { return fmt.Sprintf("%s:%d", n.Address(host), port) }

// AddAlone starts a program on the next host that knows of no other node, and returns the
// number of the node.
func (s *Nodes) AddAlone(program string) (int, error) {
	i := len(s.addresses)
	s.addresses = append(s.addresses, Address(s.network, i))
	hosts := filepath.Join(s.dir, fmt.Sprintf("hosts%d.json", i))
	if err := writeHosts(hosts, s.addresses[i:]); err != nil {
		return 0, err
	}
	return i, s.start(i, program, hosts, Setup{})
}

// Address returns where node i listens.
func (s *Nodes) Address(i int) wire.Address { return wire.Address(s.addresses[i]) }

// Kill ends node i, which has no time to say so.
func (s *Nodes) Kill(i int) { s.processes[i].Kill() }

// Call calls an endpoint of node i, and returns the body of the answer.
func (s *Nodes) Call(i int, endpoint string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	return s.client.Call(ctx, s.addresses[i], endpoint, body)
}

// StartLogged starts a command line. What it prints goes to a new file.
func StartLogged(file string, line ...string) (*proc.Process, error) {
	log, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	p, err := proc.Start(proc.Spec{Path: line[0], Args: line[1:], Output: func(output *os.File) {
		defer log.Close()
		_, _ = io.Copy(log, output)
	}})
	if err != nil {
		log.Close()
	}
	return p, err
}

func (s *Nodes) logFile(i int) string { return filepath.Join(s.dir, fmt.Sprintf("node%d.log", i)) }

// Output returns what node i has printed.
func (s *Nodes) Output(i int) (string, error) {
	output, err := os.ReadFile(s.logFile(i))
	return string(output), err
}

// HealStats asks node i, which must be of ringmend, for its figures of healing.
func (s *Nodes) HealStats(i int) (*wire.HealStats, error) {
	body, err := s.Call(i, wire.EndpointHealStats, []byte("null"))
	if err != nil {
		return nil, err
	}
	stats := new(wire.HealStats)
	if err := wire.Unmarshal(body, stats); err != nil {
		return nil, fmt.Errorf("figures of %s: %w", s.addresses[i], err)
	}
	return stats, nil
}

// Stop ends all nodes.
func (s *Nodes) Stop() {
	for _, p := range s.processes {
		p.Kill()
	}
	s.client.Close()
}

// Views asks all nodes at once what they believe; nil for one that does not
// answer within a second.
func (s *Nodes) Views() []*wire.MembershipStats {
	views := make([]*wire.MembershipStats, len(s.addresses))
	var asking sync.WaitGroup
	for i := range s.addresses {
		asking.Go(func() {
			body, err := s.Call(i, wire.EndpointStats, []byte("null"))
			stats := new(wire.Stats)
			if err == nil && wire.Unmarshal(body, stats) == nil {
				views[i] = &stats.Membership
			}
		})
	}
	asking.Wait()
	return views
}

// Whole reports whether all nodes have one checksum and hold all alive.
func (s *Nodes) Whole(views []*wire.MembershipStats) bool {
	for _, v := range views {
		if v == nil || v.Checksum != views[0].Checksum || Count(v, wire.Alive) != len(s.addresses) {
			return false
		}
	}
	return true
}

// Count returns how many members a node holds with a status.
func Count(v *wire.MembershipStats, status wire.Status) int {
	n := 0
	for _, m := range v.Members {
		if m.Status == status {
			n++
		}
	}
	return n
}

// Harm is that node By holds node Of faulty, which is of its own part.
type Harm struct{ By, Of int }

// Harmed returns how many times a node holds one of its own part faulty.
func (s *Nodes) Harmed(views []*wire.MembershipStats, parts ...[]int) int {
	return len(s.Harms(views, parts...))
}

// Harms returns the nodes that hold a member of their own part faulty.
func (s *Nodes) Harms(views []*wire.MembershipStats, parts ...[]int) []Harm {
	var harmed []Harm
	for _, part := range parts {
		own := make(map[wire.Address]int)
		for _, i := range part {
			own[wire.Address(s.addresses[i])] = i
		}
		for _, by := range part {
			if views[by] == nil {
				continue
			}
			for _, m := range views[by].Members {
				if of, ok := own[m.Address]; ok && m.Status == wire.Faulty {
					harmed = append(harmed, Harm{By: by, Of: of})
				}
			}
		}
	}
	return harmed
}

// Apart reports whether each part holds exactly all others faulty.
func (s *Nodes) Apart(views []*wire.MembershipStats, parts ...[]int) bool {
	for _, part := range parts {
		for _, i := range part {
			if views[i] == nil || Count(views[i], wire.Alive) != len(part) || Count(views[i], wire.Faulty) != len(s.addresses)-len(part) {
				return false
			}
		}
	}
	return true
}

// ErrLimit is returned by [Nodes.Await] when its condition did not come to hold.
var ErrLimit = errors.New("not within the limit")

// Await polls the nodes until ok holds, and returns how long that took. It polls
// a fifth of the time at most, for to answer is work that nodes would not have.
func (s *Nodes) Await(limit time.Duration, ok func([]*wire.MembershipStats) bool) (time.Duration, error) {
	began := time.Now()
	for time.Since(began) < limit {
		polled := time.Now()
		if ok(s.Views()) {
			return time.Since(began), nil
		}
		time.Sleep(max(20*time.Millisecond, 4*time.Since(polled)))
	}
	return 0, fmt.Errorf("%w: %v", ErrLimit, limit)
}
