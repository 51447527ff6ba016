package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/internal/proc"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// The programs.
const (
	ours       = "ours"
	ringpopGo  = "ringpop-go"
	memberlist = "memberlist"
)

var packages = map[string]string{
	ours:       rig.Testpop,
	ringpopGo:  rig.RingpopGoTestpop,
	memberlist: "github.com/ringmend/ringmend/bench/memberpop",
}

// pair is two nodes that are a cluster. The first is attacked.
type pair struct {
	program string
	dir     string // of the program and the list of hosts
	ports   ports.Pool
	nodes   [2]*victim
}

type victim struct {
	address, status string
	ports           []int
	process         *proc.Process
	out             *proc.Tail
}

const (
	startWithin  = time.Minute
	answerWithin = 5 * time.Second
)

// start starts new nodes, in place of those that there are, and waits until both know each
// other.
func (p *pair) start(ctx context.Context) error {
	p.stop()
	var hosts []string
	for i := range p.nodes {
		v := &victim{out: &proc.Tail{}}
		p.nodes[i] = v
		for _, address := range []*string{&v.address, &v.status} {
			var port int
			var err error
			if *address, port, err = p.ports.Take("127.0.0.1"); err != nil {
				return err
			}
			v.ports = append(v.ports, port)
		}
		hosts = append(hosts, v.address)
	}
	list, err := json.Marshal(hosts)
	if err != nil {
		return err
	}
	hostsFile := filepath.Join(p.dir, p.program+".json")
	if err := os.WriteFile(hostsFile, list, 0o644); err != nil {
		return err
	}
	for _, v := range p.nodes {
		args := []string{"--listen=" + v.address, "--hosts=" + hostsFile}
		if p.program == memberlist {
			p.ports.Release(v.ports...) // marked by UDP sockets, which it needs itself
			v.ports = nil
			args = []string{"--listen=" + v.address, "--status=" + v.status, "--join=" + strings.Join(hosts, ",")}
		}
		if v.process, err = proc.Start(proc.Spec{Path: filepath.Join(p.dir, p.program), Args: args, Output: proc.To(v.out)}); err != nil {
			return err
		}
	}
	for began := time.Now(); ; {
		s := p.look(ctx)
		if s.err == nil && len(s.members) == 2*len(p.nodes) {
			return nil
		}
		if time.Since(began) > startWithin {
			return fmt.Errorf("%s does not start: %v, members %q\n%s", p.program, s.err, s.members, p.nodes[0].out)
		}
		if err := rig.Pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

func (p *pair) stop() {
	for i, v := range p.nodes {
		if v == nil {
			continue
		}
		if v.process != nil {
			v.process.Kill()
		}
		p.ports.Release(v.ports...)
		p.nodes[i] = nil
	}
}

// state is what can be seen of a pair.
type state struct {
	died    string   // how the first node has ended; empty while it runs
	err     error    // why it does not answer
	members []string // of both nodes, in order, as each holds them
	memory  int      // bytes
	files   int
}

// look looks at a pair.
func (p *pair) look(ctx context.Context) state {
	var s state
	first := p.nodes[0]
	if !first.process.Running() {
		s.died = first.lastWords()
		return s
	}
	s.memory, s.files, _ = rig.Occupied(first.process.PID) // it may have died
	for i, v := range p.nodes {
		members, err := p.members(ctx, v)
		if err != nil {
			if !first.process.Running() {
				s.died = first.lastWords()
				return s
			}
			s.err = fmt.Errorf("node %d: %w", i, err)
			return s
		}
		s.members = append(s.members, members...)
	}
	return s
}

// members returns those that a node holds, with their statuses, and asks as somebody new.
func (p *pair) members(ctx context.Context, v *victim) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	if p.program == memberlist {
		return membersOfMemberlist(v)
	}
	client, err := tchan.New(tchan.Options{})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	body, err := client.Call(ctx, v.address, wire.EndpointStats, []byte("{}"))
	if err != nil {
		return nil, err
	}
	// Not wire.Stats, which takes no members that cannot be.
	var stats struct {
		Membership struct {
			Members []struct{ Address, Status string }
		}
	}
	if err := json.Unmarshal(body, &stats); err != nil {
		return nil, err
	}
	var list []string
	for _, m := range stats.Membership.Members {
		list = append(list, m.Address+" "+m.Status)
	}
	slices.Sort(list)
	return list, nil
}

func membersOfMemberlist(v *victim) ([]string, error) {
	if err := answersPing(v.address, answerWithin); err != nil {
		return nil, err
	}
	c, err := net.DialTimeout("tcp", v.status, answerWithin)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(answerWithin))
	var n int
	if _, err := fmt.Fscan(io.LimitReader(c, 32), &n); err != nil {
		return nil, err
	}
	return slices.Repeat([]string{"a member"}, n), nil
}

// lastWords returns why a process has ended.
func (v *victim) lastWords() string {
	for line := range strings.Lines(v.out.String()) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") {
			return line
		}
	}
	return v.process.Ending()
}
