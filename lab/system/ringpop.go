package system

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/workload"
	"github.com/ringmend/ringmend/node/ring"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

var _, _ = register(&Kind{
	Name: "ringmend", About: "ringmend's testpop",
	Model: Owner, Refuses: ringpopRefuses, Find: findBuilt("ringmend", "github.com/ringmend/ringmend/node/testpop"), New: newRingpop("ringmend"),
}), register(&Kind{
	Name: "ringpop-go", About: "ringpop-go's testpop, as it was published",
	Model: Owner, Refuses: ringpopRefuses, Find: findBuilt("ringpop-go", "github.com/uber/ringpop-go/scripts/testpop"), New: newRingpop("ringpop-go"),
})

var ringpopRefuses = map[string]string{
	"disk-full": "a node keeps nothing on a disk",
}

const ringpopPort = "3000"

// findBuilt builds a program from the source tree that the lab is called in, unless the user
// has one.
func findBuilt(name, pkg string) func(context.Context, *result.Config, func(string)) error {
	return func(ctx context.Context, c *result.Config, progress func(string)) (err error) {
		p := c.Programs[name]
		if p.Given && c.MovesClocks() {
			return fmt.Errorf("--%s: clocks are moved in programs that are built for it; leave it out", name)
		}
		if p.Given {
			p.Path, err = given(name, p.Path)
		} else {
			p.Path, err = buildPackage(ctx, pkg, name, c.MovesClocks(), progress)
		}
		if err != nil {
			return fmt.Errorf("there is no %s (call the lab in its source tree, or name one with --%s PATH): %w", name, name, err)
		}
		p.Version = goVersionOf(ctx, p.Path, pkg)
		use(c, name, p)
		return nil
	}
}

// ringpop is one run of a cluster of nodes that speak Ringpop.
type ringpop struct {
	program string
	env     Env
	all     []Place // env.Nodes and env.Spare
	byAddr  map[wire.Address]int
	clients []*tchan.Transport
	selves  []*tchan.Transport

	mu    sync.Mutex
	rings []memberRing
}

// memberRing is the ring of a node, as its members say.
type memberRing struct {
	checksum uint32
	ring     *ring.Ring
}

func newRingpop(program string) func(*result.Config, Env) (System, error) {
	return func(c *result.Config, env Env) (System, error) {
		s := &ringpop{
			program: c.Programs[program].Path, env: env,
			all: append(append([]Place(nil), env.Nodes...), env.Spare...), byAddr: map[wire.Address]int{},
		}
		s.rings = make([]memberRing, len(s.all))
		var hosts []string
		for i, n := range s.all {
			s.byAddr[wire.Address(s.address(i))] = i
			if i < len(env.Nodes) {
				hosts = append(hosts, s.address(i))
			}
			t, err := transportFrom(n.Self)
			if err != nil {
				return nil, err
			}
			s.selves = append(s.selves, t)
		}
		for _, dial := range env.Clients {
			t, err := transportFrom(dial)
			if err != nil {
				return nil, err
			}
			s.clients = append(s.clients, t)
		}
		list, err := json.Marshal(hosts)
		if err != nil {
			return nil, err
		}
		for _, n := range s.all {
			if err := os.WriteFile(filepath.Join(n.Dir, "hosts.json"), list, 0o644); err != nil {
				return nil, err
			}
		}
		return s, nil
	}
}

func transportFrom(dial Dialer) (*tchan.Transport, error) {
	return tchan.New(tchan.Options{Caller: "lab", Dialer: dial})
}

func (s *ringpop) address(node int) string { return net.JoinHostPort(s.all[node].Address, ringpopPort) }

func (s *ringpop) Command(node int) Command {
	return Command{Path: s.program, Args: []string{
		"--listen=" + s.address(node), "--hosts=" + filepath.Join(s.all[node].Dir, "hosts.json"),
	}}
}

// Do asks a node for the owner of the key, and then the owner, which accepts the
// operation when it says that it is the owner.
func (s *ringpop) Do(ctx context.Context, op *workload.Planned) workload.Answer {
	client := s.clients[op.Client]
	asked := wire.Address(s.address(op.Node))
	owner, err := lookup(ctx, client, asked, op.Key)
	if err != nil {
		return lookupFailure(op.Node, err)
	}
	node, known := s.byAddr[owner]
	if !known {
		return unknownOwner(owner)
	}
	if owner != asked {
		its, err := lookup(ctx, client, owner, op.Key)
		if err != nil {
			return lookupFailure(node, err)
		}
		if its != owner {
			return workload.Answer{Outcome: result.Failed, Error: fmt.Sprintf("node %d holds node %d to be the owner, which refuses", op.Node+1, node+1)}
		}
	}
	return workload.Answer{Outcome: result.OK, Owner: node + 1}
}

func unknownOwner(owner wire.Address) workload.Answer {
	return workload.Answer{Outcome: result.Failed, Error: fmt.Sprintf("the owner is %q, which is no node", owner)}
}

// lookupFailure says what an error means: an operation that timed out may have been
// accepted, any other was not.
func lookupFailure(node int, err error) workload.Answer {
	a := workload.Answer{Outcome: result.Failed, Error: fmt.Sprintf("node %d: %v", node+1, err)}
	if errors.Is(err, context.DeadlineExceeded) {
		a.Outcome, a.Error = result.Unknown, fmt.Sprintf("node %d does not answer in time", node+1)
	}
	return a
}

func lookup(ctx context.Context, client *tchan.Transport, node wire.Address, key string) (wire.Address, error) {
	var answer wire.LookupResponse
	err := call(ctx, client, node, wire.EndpointLookup, wire.LookupRequest{Key: key}, &answer)
	return answer.Dest, err
}

func call(ctx context.Context, client *tchan.Transport, node wire.Address, endpoint string, request, answer any) error {
	body, err := wire.Marshal(request)
	if err != nil {
		return err
	}
	body, err = client.Call(ctx, string(node), endpoint, body)
	if err != nil {
		return err
	}
	return wire.Unmarshal(body, answer)
}

func (s *ringpop) State(ctx context.Context, node int) (State, error) {
	var stats wire.Stats
	address := wire.Address(s.address(node))
	if err := call(ctx, s.selves[node], address, wire.EndpointStats, struct{}{}, &stats); err != nil {
		return State{}, err
	}
	state := State{OK: true, Leader: -1, Checksum: fmt.Sprint(stats.Membership.Checksum)}
	for _, m := range stats.Membership.Members {
		if i, known := s.byAddr[m.Address]; known {
			state.Members = append(state.Members, Member{Node: i, Status: m.Status.String(), Incarnation: int64(m.Incarnation)})
		}
	}
	r := s.ringOf(node, &stats.Membership)
	state.Owns = func(key string) bool {
		owner, ok := r.Lookup(key)
		return ok && owner == string(address)
	}
	return state, nil
}

// ringOf returns the ring that a node with these members has: of those that are alive
// or suspect.
func (s *ringpop) ringOf(node int, m *wire.MembershipStats) *ring.Ring {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept := s.rings[node]; kept.ring != nil && kept.checksum == m.Checksum {
		return kept.ring
	}
	var servers []ring.Change
	for i := range m.Members {
		member := &m.Members[i]
		if member.Status != wire.Alive && member.Status != wire.Suspect {
			continue
		}
		address := string(member.Address)
		servers = append(servers, ring.Change{Server: address, Identity: member.Identity()})
	}
	r, _ := ring.New(ring.DefaultReplicaPoints).Update(servers)
	s.rings[node] = memberRing{m.Checksum, r}
	return r
}

// ownerAt returns the owner of a key as a node's latest state has it.
func (s *ringpop) ownerAt(node int, key string) (int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rings[node].ring == nil {
		return 0, false
	}
	owner, ok := s.rings[node].ring.Lookup(key)
	i, known := s.byAddr[wire.Address(owner)]
	return i, ok && known && i < len(s.env.Nodes)
}

// Ready waits until all nodes that are asked hold each other alive, and no others.
func (s *ringpop) Ready(states []State) error {
	for i, state := range states {
		switch {
		case !state.OK:
			return fmt.Errorf("node %d does not answer", i+1)
		case state.Checksum != states[0].Checksum:
			return fmt.Errorf("nodes 1 and %d have different checksums", i+1)
		}
		alive := 0
		for _, m := range state.Members {
			isAlive := m.Status == wire.Alive.String()
			if m.Node < len(states) && !isAlive {
				return fmt.Errorf("node %d holds node %d to be %s", i+1, m.Node+1, m.Status)
			}
			if isAlive {
				alive++
			}
		}
		if alive != len(states) {
			return fmt.Errorf("node %d knows %d members of %d", i+1, alive, len(states))
		}
	}
	return nil
}

// Leader is the node that accepts the key.
func (s *ringpop) Leader(states []State, key string) (int, bool) {
	for i, state := range states {
		if state.OK && i < len(s.env.Nodes) && state.Owns(key) {
			return i, true
		}
	}
	return 0, false
}

func (s *ringpop) Close() {
	for _, t := range append(s.clients, s.selves...) {
		t.Close() // it says only what was closed before
	}
}
