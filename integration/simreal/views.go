package main

import (
	"sync"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// views are what all nodes believe of each other, and since when. Nodes and members are
// numbers from 0 on.
type views struct {
	mu   sync.Mutex
	list [][]belief // of each node, of each member; what a node believes of itself is not used
}

type belief struct {
	status      wire.Status
	incarnation int64
	known       bool
	since       time.Duration // of this status and incarnation
}

func newViews(nodes int) *views {
	v := &views{list: make([][]belief, nodes)}
	for i := range v.list {
		v.list[i] = make([]belief, nodes)
	}
	return v
}

// changed is to be called when a node has changed its belief.
func (v *views) changed(node, member int, b belief) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.list[node][member] = b
}

// agreed reports whether all nodes hold each other alive, at the same incarnations, and
// since when.
func (v *views) agreed() (since time.Duration, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for member := range v.list {
		first := belief{}
		for node := range v.list {
			b := v.list[node][member]
			if node == member {
				continue
			}
			if !first.known {
				first = b
			}
			if !b.known || b.status != wire.Alive || b.incarnation != first.incarnation {
				return 0, false
			}
			since = max(since, b.since)
		}
	}
	return since, true
}

// givenUp reports whether some nodes all hold all of some members faulty, and since when.
func (v *views) givenUp(by, members []int) (since time.Duration, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, node := range by {
		for _, member := range members {
			b := v.list[node][member]
			if b.status != wire.Faulty {
				return 0, false
			}
			since = max(since, b.since)
		}
	}
	return since, true
}
