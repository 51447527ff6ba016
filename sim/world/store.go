package world

import (
	"errors"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/sim/script"
)

// store is the store of the lease, outside of the cluster.
type store struct {
	record resolve.Record
	how    []string // it is reached from each node
}

func (s *store) perform(nodes int, step *script.Step) {
	if s.how == nil {
		s.how = make([]string, nodes)
	}
	for _, number := range step.Sets[0] {
		s.how[number-1] = step.How
	}
}

// lateness is how long a late store takes: longer than a node waits.
const lateness = 8 * time.Second

// askStore carries out an operation of a node on the store.
func (w *World) askStore(n *Node, request *resolve.LeaseRequest) {
	how := ""
	if w.store.how != nil {
		how = w.store.how[n.Index]
	}
	life := n.Life
	there := w.Net.Latency
	if how == script.HowLate {
		there = lateness
	}
	w.After(there, func() {
		if how == script.HowAway {
			return // the node gives up by itself
		}
		record, err := w.store.do(request)
		if how == script.HowMute {
			err = errors.New("the answer of the store is lost")
		}
		w.After(w.Net.Latency, func() { w.storeAnswered(n, life, request.ID, record, err) })
	})
}

func (s *store) do(request *resolve.LeaseRequest) (resolve.Record, error) {
	switch {
	case request.To == nil:
		return s.record, nil
	case request.From != s.record.Epoch:
		return resolve.Record{}, resolve.ErrConflict
	}
	s.record = *request.To
	return s.record, nil
}

// storeAnswered hands in what the store has answered, when the process runs.
func (w *World) storeAnswered(n *Node, life int32, id uint64, record resolve.Record, err error) {
	switch {
	case !n.Up || n.Life != life:
	case w.Now < n.Stopped:
		w.After(n.Stopped-w.Now, func() { w.storeAnswered(n, life, id, record, err) })
	default:
		w.Input(n, func(c *core.Core, local time.Time) { c.LeaseDone(local, id, record, err) })
	}
}
