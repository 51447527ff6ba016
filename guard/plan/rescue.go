package plan

import (
	"maps"
	"slices"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// Rescue is what is done when one of many members that were lost together answers again,
// before anything else is known of them. It is made as an [Attempt] is:
//
//	tell each of them that it is suspected, and it refutes
//	tell each of what the others have answered: that they are alive, at which incarnation
//
// After that nothing that was believed of them during the cut kills them, even before
// gossip has told each of the others.
type Rescue struct {
	calls []Call
	told  []wire.Address // those that have answered
	heard bool
}

// maxHeard bounds how many changes the second calls of a rescue carry in all. Gossip
// tells the others.
const maxHeard = 20_000

// Rescue returns what to do when one of the members that were lost together answers, or
// nil when there is nothing to do.
func (h *Healer) Rescue(now time.Time) *Rescue {
	l := &h.losses
	r := new(Rescue)
	for _, m := range slices.SortedFunc(maps.Keys(l.gone), admin.CompareAddresses) {
		if now.Sub(l.told[m]) < rescueEvery || !h.spend(now, 2) {
			continue
		}
		l.told[m] = now
		held := l.gone[m]
		held.Status = wire.Suspect
		r.calls = append(r.calls, Call{Kind: Tell, Node: m, Changes: []wire.Change{changeOf(held)}})
	}
	if len(r.calls) == 0 {
		return nil
	}
	return r
}

// Calls returns the calls to make now, none when it is over.
func (r *Rescue) Calls() []Call { return r.calls }

// Told returns the members that were told, and have answered.
func (r *Rescue) Told() []wire.Address { return r.told }

// Answered goes on with how all calls went, in their order.
func (r *Rescue) Answered(answers []Answer) {
	calls := r.calls
	r.calls = nil
	if r.heard {
		return
	}
	r.heard = true
	var alive []wire.Change
	for i, call := range calls {
		if answers[i].Err != nil {
			continue
		}
		r.told = append(r.told, call.Node)
		for _, c := range answers[i].Changes {
			if c.Address == call.Node && c.Status == wire.Alive && c.Incarnation > call.Changes[0].Incarnation {
				alive = append(alive, wire.Change{Address: c.Address, Incarnation: c.Incarnation, Status: c.Status, Labels: c.Labels})
			}
		}
	}
	if len(alive) < 2 {
		return
	}
	for _, node := range r.told[:min(len(r.told), max(1, maxHeard/len(alive)))] {
		others := slices.DeleteFunc(slices.Clone(alive), func(c wire.Change) bool { return c.Address == node })
		r.calls = append(r.calls, Call{Kind: Tell, Node: node, Changes: others})
	}
}
