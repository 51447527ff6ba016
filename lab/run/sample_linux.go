package run

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ringmend/ringmend/lab/result"
	"github.com/ringmend/ringmend/lab/system"
	"github.com/ringmend/ringmend/node/wire"
)

const (
	sampleEvery  = 100 * time.Millisecond
	stateTimeout = 500 * time.Millisecond
	// maxOwned bounds the keys whose owners are looked at, all at once.
	maxOwned = wire.MaxAcceptKeys
)

// sampler asks the nodes for their states again and again, and writes down what has
// changed. A node that hangs does not keep the others from being asked.
type sampler struct {
	cl *Cluster

	mu     sync.Mutex
	latest []system.State
	seen   []bool

	agree  bool
	owners map[string][]int // of the latest two looks
	told   string
}

func newSampler(cl *Cluster) *sampler {
	s := &sampler{
		cl:     cl,
		latest: make([]system.State, cl.config.Nodes), seen: make([]bool, cl.config.Nodes),
	}
	for i := range s.latest {
		s.latest[i].Leader = -1
	}
	return s
}

// run samples until the context ends.
func (s *sampler) run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	every := func(do func()) {
		running.Go(func() {
			tick := time.NewTicker(sampleEvery)
			defer tick.Stop()
			for {
				do()
				select {
				case <-tick.C:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	for i := range s.latest {
		every(func() {
			state := s.cl.askOne(ctx, i)
			if ctx.Err() == nil {
				s.put(i, state)
			}
		})
	}
	every(s.compare)
}

// states returns the latest state of each node.
func (s *sampler) states() []system.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.latest)
}

// put writes down what has changed at a node.
func (s *sampler) put(i int, now system.State) {
	s.mu.Lock()
	before, first := s.latest[i], !s.seen[i]
	s.latest[i], s.seen[i] = now, true
	s.mu.Unlock()
	tell := func(e result.Event) {
		e.Node = i + 1
		s.cl.event(e)
	}
	if !now.OK {
		if before.OK || first {
			tell(result.Event{Kind: result.Down, Detail: "it does not answer"})
		}
		return
	}
	if !before.OK && !first {
		tell(result.Event{Kind: result.Up, Detail: "it answers again"})
	}
	first = first || !before.OK
	if now.Leader != before.Leader || first && now.Leader >= 0 {
		tell(result.Event{Kind: result.Leader, About: now.Leader + 1, Value: now.Term, Detail: leaderText(now.Leader)})
	}
	if now.Term != before.Term {
		tell(result.Event{Kind: result.Term, Value: now.Term, Detail: fmt.Sprintf("term %d", now.Term)})
	}
	if now.Resolver != before.Resolver {
		tell(result.Event{Kind: result.Resolver, Status: now.Resolver, Detail: now.Resolver})
	}
	if now.Checksum != before.Checksum {
		tell(result.Event{Kind: result.Checksum, Detail: now.Checksum})
		s.members(i, before.Members, now.Members, tell)
	}
}

func leaderText(leader int) string {
	if leader < 0 {
		return "no leader"
	}
	return fmt.Sprintf("node %d leads", leader+1)
}

// members tells what a node holds others to be that it did not before.
func (s *sampler) members(i int, before, now []system.Member, tell func(result.Event)) {
	was := map[int]string{}
	for _, m := range before {
		was[m.Node] = m.Status
	}
	for _, m := range now {
		if m.Status == was[m.Node] {
			continue
		}
		other := s.cl.nodes[m.Node]
		tell(result.Event{
			Kind: result.Member, About: m.Node + 1, Status: m.Status,
			Detail:  fmt.Sprintf("node %d is %s", m.Node+1, m.Status),
			Reached: other.serves() && s.cl.reaches(i, m.Node),
		})
	}
}

// compare looks at what the nodes say together: whether they agree, and which keys
// several of them accept.
func (s *sampler) compare() {
	states := s.states()
	s.compareMembers(states)
	s.compareOwners(states)
}

func (s *sampler) compareMembers(states []system.State) {
	first := -1
	agree := true
	for i, state := range states {
		n := s.cl.nodes[i]
		if state.Checksum == "" && state.OK {
			return // no system of members
		}
		if !n.up() {
			continue
		}
		if first < 0 {
			first = i
		}
		agree = agree && state.OK && state.Checksum == states[first].Checksum
		for _, m := range state.Members {
			agree = agree && (m.Node >= len(states) || !s.cl.nodes[m.Node].up() || m.Status == "alive")
		}
	}
	if first < 0 || agree == s.agree {
		return
	}
	s.agree = agree
	kind := result.Disagree
	if agree {
		kind = result.Agree
	}
	s.cl.event(result.Event{Kind: kind})
}

// compareOwners records keys that several nodes accept. States are not of one moment, so a
// key counts when it had the same owners in two looks.
func (s *sampler) compareOwners(states []system.State) {
	now := map[string][]int{}
	for _, key := range s.cl.keys {
		var owners []int
		for i, state := range states {
			if !state.OK || state.Owns == nil {
				continue
			}
			if s.cl.nodes[i].serves() && state.Owns(key) {
				owners = append(owners, i+1)
			}
		}
		if len(owners) > 1 {
			now[key] = owners
		}
	}
	both := map[string][]int{}
	for key, owners := range now {
		if slices.Equal(owners, s.owners[key]) {
			both[key] = owners
		}
	}
	s.owners = now
	text := fmt.Sprint(both) // sorted by key
	if text == s.told || len(both) == 0 && s.told == "" {
		return
	}
	s.told = text
	s.cl.event(result.Event{Kind: result.Owners, Value: uint64(len(both)), Owners: both})
}
