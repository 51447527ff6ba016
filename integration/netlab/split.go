package netlab

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// port is where every node listens on its host.
const port = 3000

// Nodes are Ringpop programs, one on each host of a network.
type Nodes struct {
	network   *Network
	client    *tchan.Transport
	processes []*exec.Cmd
	addresses []string
}

// Start starts a program on each host, programs[i] on host i, as "PROGRAM
// --listen=… --hosts=…". What they print goes to files in dir.
func Start(n *Network, programs []string, dir string) (*Nodes, error) {
	client, err := tchan.New(tchan.Options{})
	if err != nil {
		return nil, err
	}
	s := &Nodes{network: n, client: client}
	for i := range programs {
		s.addresses = append(s.addresses, fmt.Sprintf("%s:%d", n.Address(i), port))
	}
	hosts := filepath.Join(dir, "hosts.json")
	data, err := json.Marshal(s.addresses)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(hosts, data, 0o600); err != nil {
		return nil, err
	}
	for i, program := range programs {
		if err := s.start(i, program, hosts, filepath.Join(dir, fmt.Sprintf("node%d.log", i))); err != nil {
			s.Stop()
			return nil, err
		}
	}
	return s, nil
}

func (s *Nodes) start(i int, program, hosts, logFile string) error {
	log, err := os.Create(logFile)
	if err != nil {
		return err
	}
	defer log.Close() // the child has its own
	line := s.network.On(i, program, "--listen="+s.addresses[i], "--hosts="+hosts)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.processes = append(s.processes, cmd)
	return nil
}

// Stop ends all nodes.
func (s *Nodes) Stop() {
	for _, p := range s.processes {
		_ = syscall.Kill(-p.Process.Pid, syscall.SIGKILL)
		_ = p.Wait()
	}
	s.client.Close()
}

// Views asks all nodes at once what they believe; nil for one that does not
// answer within a second.
func (s *Nodes) Views() []*wire.MembershipStats {
	views := make([]*wire.MembershipStats, len(s.addresses))
	var asking sync.WaitGroup
	for i, address := range s.addresses {
		asking.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			body, err := s.client.Call(ctx, address, wire.EndpointStats, []byte("null"))
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
		if v == nil || v.Checksum != views[0].Checksum || s.alive(v) != len(s.addresses) {
			return false
		}
	}
	return true
}

func (s *Nodes) alive(v *wire.MembershipStats) int {
	alive := 0
	for _, m := range v.Members {
		if m.Status == wire.Alive {
			alive++
		}
	}
	return alive
}

// Harmed returns how many times a node holds one of its own part faulty.
func (s *Nodes) Harmed(views []*wire.MembershipStats, parts ...[]int) int {
	harmed := 0
	for _, part := range parts {
		own := make(map[string]bool)
		for _, i := range part {
			own[s.addresses[i]] = true
		}
		for _, i := range part {
			if views[i] == nil {
				continue
			}
			for _, m := range views[i].Members {
				if m.Status == wire.Faulty && own[string(m.Address)] {
					harmed++
				}
			}
		}
	}
	return harmed
}

// Apart reports whether each part holds all others faulty.
func (s *Nodes) Apart(views []*wire.MembershipStats, parts ...[]int) bool {
	for _, part := range parts {
		for _, i := range part {
			if views[i] == nil || s.alive(views[i]) != len(part) {
				return false
			}
		}
	}
	return true
}

// Await polls the nodes until ok holds, and returns how long that took.
func (s *Nodes) Await(limit time.Duration, ok func([]*wire.MembershipStats) bool) (time.Duration, error) {
	began := time.Now()
	for time.Since(began) < limit {
		if ok(s.Views()) {
			return time.Since(began), nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return 0, fmt.Errorf("not within %v", limit)
}
