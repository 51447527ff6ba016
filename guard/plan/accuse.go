package plan

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// stuckAfter is how long a member is suspect at one incarnation before it counts as
// stuck: many suspect periods. In ringpop-go and ringpop-node a second suspicion, at a
// higher incarnation, starts no timer, and the first one's timer is for an older incarnation.
// A dead member then keeps its keys forever.
const stuckAfter = 30 * time.Second

// helpers is how many nodes are asked to ping a member before it is accused, as in SWIM.
const helpers = 3

// ErrNoReport means that no node of a side reports whether it reaches a member.
var ErrNoReport = errors.New("no node says whether it reaches the member")

// ErrReached means that a node reaches the member, which hears by that of the suspicion.
var ErrReached = errors.New("a node reaches the member")

// Accusation is an attempt to get a member out of suspicion in which it is stuck. It is
// made as an [Attempt] is:
//
//	look at the member, and at some nodes that suspect it
//	it answers: tell it, and it refutes
//	else ask them to ping it, and tell one that it is suspect anew
//
// The last is what a SWIM node does that has pinged in vain, and whose helpers have: the
// member is given a suspect period to refute, and is faulty if it does not. Another
// suspicion alone changes nothing: both programs keep the timer of the first, even when it
// has fired, and start no second one beside it. They forget it when the member is alive. So
// the message says that it is alive, and, at the next incarnation, that it is suspect.
type Accusation struct {
	member wire.Address
	at     int64 // incarnation
	stage  stage
	calls  []Call
	err    error
}

func newAccusation(member wire.Address, incarnation int64, side *admin.Side, rng *rand.Rand) *Accusation {
	a := &Accusation{member: member, at: incarnation, calls: []Call{{Kind: Look, Node: member}}}
	for _, node := range sample(rng, side.Nodes, helpers, member) {
		a.calls = append(a.calls, Call{Kind: Look, Node: node})
	}
	return a
}

// Member returns the member that is stuck.
func (a *Accusation) Member() wire.Address { return a.member }

// Calls returns the calls to make now, none when it is over.
func (a *Accusation) Calls() []Call { return a.calls }

// Err returns why the member was not accused, once it is over.
func (a *Accusation) Err() error { return a.err }

// Answered goes on with how all calls went, in their order.
func (a *Accusation) Answered(answers []Answer) {
	calls := a.calls
	a.calls = nil
	switch a.stage {
	case checking:
		a.looked(calls, answers)
	case asking:
		a.asked(calls, answers)
	default:
		a.err = answers[0].Err
	}
}

func (a *Accusation) looked(calls []Call, answers []Answer) {
	if own := answers[0]; own.Err == nil {
		a.stage = telling
		a.calls = []Call{a.tell(calls[0].Node, own, a.at)}
		return
	}
	a.stage = asking
	for i := 1; i < len(calls); i++ {
		if answers[i].Err == nil && a.suspects(answers[i].Members) {
			a.calls = append(a.calls, Call{
				Kind: Ask, Node: calls[i].Node, Target: a.member, Checksum: answers[i].Checksum, App: answers[i].App,
			})
		}
	}
	if len(a.calls) == 0 {
		a.err = fmt.Errorf("%w: no node suspects %s any more", ErrChanged, a.member)
	}
}

func (a *Accusation) suspects(members []wire.Member) bool {
	m := admin.FindMember(members, a.member)
	return m != nil && m.Status == wire.Suspect && m.Incarnation == a.at
}

func (a *Accusation) asked(calls []Call, answers []Answer) {
	if slices.ContainsFunc(answers, func(answer Answer) bool { return answer.Reached }) {
		a.err = fmt.Errorf("%w: %s", ErrReached, a.member)
		return
	}
	a.stage = telling
	for i, answer := range answers {
		if answer.Err == nil {
			call := a.tell(calls[i].Node, Answer{Checksum: calls[i].Checksum, App: calls[i].App}, a.at+2)
			forget := wire.Change{Address: a.member, Incarnation: a.at + 1, Status: wire.Alive}
			call.Changes = slices.Insert(call.Changes, 0, forget)
			a.calls = []Call{call}
			return
		}
	}
	a.err = ErrNoReport
}

func (a *Accusation) tell(node wire.Address, as Answer, incarnation int64) Call {
	return Call{
		Kind: Tell, Node: node, Checksum: as.Checksum, App: as.App,
		Changes: []wire.Change{{Address: a.member, Incarnation: incarnation, Status: wire.Suspect}},
	}
}

// suspects are members that are suspect, each since when at one incarnation.
type suspects map[wire.Address]suspect

type suspect struct {
	incarnation int64
	since       time.Time
	side        *admin.Side
	next        time.Time
	times       int
}

// saw records what a look showed.
func (s suspects) saw(now time.Time, v *admin.Verdict) {
	seen := make(map[wire.Address]bool)
	for i := range v.Sides {
		side := &v.Sides[i]
		for _, view := range side.Views {
			for _, m := range view.Members {
				if m.Status != wire.Suspect || m.Incarnation >= wire.MaxIncarnation-1 {
					continue
				}
				last, known := s[m.Address]
				if !known || last.incarnation < m.Incarnation {
					last = suspect{incarnation: m.Incarnation, since: now, times: last.times, next: last.next}
				}
				last.side = side
				s[m.Address] = last
				seen[m.Address] = true
			}
		}
	}
	for m := range s {
		if !seen[m] {
			delete(s, m)
		}
	}
}

// Accusations returns what is to be done about members that are stuck in suspect.
func (h *Healer) Accusations(now time.Time) []*Accusation {
	var stuck []wire.Address
	for m, s := range h.suspects {
		if now.Sub(s.since) < stuckAfter || now.Before(s.next) {
			continue
		}
		stuck = append(stuck, m)
	}
	slices.SortFunc(stuck, admin.CompareAddresses)
	var due []*Accusation
	for _, m := range stuck {
		if !h.spend(now, 1+helpers) {
			continue
		}
		s := h.suspects[m]
		s.next = now.Add(doubled(stuckAfter, s.times, calm))
		s.times++
		h.suspects[m] = s
		due = append(due, newAccusation(m, s.incarnation, s.side, h.rng))
	}
	return due
}
