package plan

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// ErrJoined means that a node that had not joined is no longer alone.
var ErrJoined = errors.New("the node has joined")

// Invitation makes a node join that runs and has not joined, because its list of hosts
// leads nowhere. It answers looks and refuses all else, so it cannot be told to
// reincarnate, and while the ring holds it faulty it cannot be merged. It is made as an
// [Attempt] is:
//
//	look at the node, and at some of the ring
//	ask one of these to ping it
//
// A ringmend node joins who calls it before it has joined; it then finds itself faulty,
// and refutes. (Published nodes stay as they are.) The ping harms no member, whatever it
// carries: the node takes nothing from it, and it is alone.
type Invitation struct {
	member wire.Address
	stage  stage
	calls  []Call
	err    error
}

func newInvitation(member wire.Address, ring *admin.Side, rng *rand.Rand) *Invitation {
	i := &Invitation{member: member, calls: []Call{{Kind: Look, Node: member}}}
	for _, node := range sample(rng, ring.Nodes, helpers) {
		i.calls = append(i.calls, Call{Kind: Look, Node: node})
	}
	return i
}

// Member returns the node that has not joined.
func (i *Invitation) Member() wire.Address { return i.member }

// Calls returns the calls to make now, none when it is over.
func (i *Invitation) Calls() []Call { return i.calls }

// Err returns why the node was not pinged, once it is over.
func (i *Invitation) Err() error { return i.err }

// Answered goes on with how all calls went, in their order.
func (i *Invitation) Answered(answers []Answer) {
	calls := i.calls
	i.calls = nil
	if i.stage == asking {
		i.err = answers[0].Err
		return
	}
	i.stage = asking
	own := answers[0]
	switch {
	case own.Err != nil:
		i.err = fmt.Errorf("%w: %s: %w", ErrNoAnswer, i.member, own.Err)
		return
	case len(own.Members) > 1:
		i.err = fmt.Errorf("%w: %s", ErrJoined, i.member)
		return
	}
	i.err = ErrNoAnswer
	for n, answer := range answers[1:] {
		switch {
		case answer.Err != nil || !lists(answer.Members, i.member): // ringmend's nodes call no strangers
		case answer.App != own.App:
			i.err = fmt.Errorf("%w: %q and %q", ErrOtherApp, answer.App, own.App)
			return
		default:
			i.calls = []Call{{Kind: Ask, Node: calls[n+1].Node, Target: i.member, Checksum: answer.Checksum, App: answer.App}}
			i.err = nil
			return
		}
	}
}

// Invitations returns what is to be done about nodes that were to be told to reincarnate,
// and refused because they have not joined.
func (h *Healer) Invitations(now time.Time) []*Invitation {
	var due []*Invitation
	for n := range h.pairs {
		p := &h.pairs[n]
		for _, sides := range [][2]*admin.Side{{&p.A, &p.B}, {&p.B, &p.A}} {
			alone, ring := sides[0].Nodes, sides[1]
			if len(alone) != 1 || !h.rebirths[alone[0]].unready || p.Ready() == nil || !h.related(now, p) || !h.spend(now, 1) {
				continue
			}
			told := h.rebirths[alone[0]]
			told.unready = false // until it refuses again
			h.rebirths[alone[0]] = told
			due = append(due, newInvitation(alone[0], ring, h.rng))
		}
	}
	return due
}
