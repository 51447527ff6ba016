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
//	(and look at those that have not answered that)
//	tell each of these, too
//
// After that nothing that was believed of them during the cut kills them, even before
// gossip has told each of the others. A ringpop-go node that has refuted before it is told,
// because a late ping came first, does not say so in its answer, nor to the others.
type Rescue struct {
	calls []Call
	told  []wire.Address // those that have answered
	stage stage
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
		if now.Sub(l.told[m]) < rescueEvery || !h.spend(now, 3) {
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
	switch r.stage {
	case checking:
		r.stage = telling
		r.refuted(calls, answers)
	case telling:
		r.stage = done
		r.looked(calls, answers)
	}
}

// refuted goes on with how members took that they are suspected.
func (r *Rescue) refuted(calls []Call, answers []Answer) {
	var alive []wire.Change
	var looks []Call
	for i, call := range calls {
		if answers[i].Err != nil {
			continue
		}
		r.told = append(r.told, call.Node)
		own := slices.IndexFunc(answers[i].Changes, func(c wire.Change) bool {
			return c.Address == call.Node && c.Status == wire.Alive && c.Incarnation > call.Changes[0].Incarnation
		})
		if own < 0 {
			looks = append(looks, Call{Kind: Look, Node: call.Node})
			continue
		}
		c := answers[i].Changes[own]
		alive = append(alive, wire.Change{Address: c.Address, Incarnation: c.Incarnation, Status: c.Status, Labels: c.Labels})
	}
	r.tell(alive)
	r.calls = append(r.calls, looks...)
}

// looked goes on with what members say of themselves.
func (r *Rescue) looked(calls []Call, answers []Answer) {
	var alive []wire.Change
	for i, call := range calls {
		if call.Kind != Look || answers[i].Err != nil {
			continue
		}
		if own := admin.FindMember(answers[i].Members, call.Node); own != nil && own.Status == wire.Alive {
			alive = append(alive, changeOf(*own))
		}
	}
	r.tell(alive)
}

// tell tells those that have answered which others are alive.
func (r *Rescue) tell(alive []wire.Change) {
	if len(alive) == 0 {
		return
	}
	for _, node := range r.told[:min(len(r.told), max(1, maxHeard/len(alive)))] {
		others := slices.DeleteFunc(slices.Clone(alive), func(c wire.Change) bool { return c.Address == node })
		if len(others) > 0 {
			r.calls = append(r.calls, Call{Kind: Tell, Node: node, Changes: others})
		}
	}
}
