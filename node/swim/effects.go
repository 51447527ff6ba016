package swim

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// Effects are what the state machine wants done. The driver takes them
// after each input and carries them out, in order within each list.
type Effects struct {
	// Calls are to be made, each exactly once. The driver owes one
	// [Calls.Finish] for each of them, with an error when there was no answer
	// within its timeout.
	Calls []Call
	// Answers go to the senders of the requests that were handed in.
	Answers []Answer
	// Events are for listeners and logs.
	Events []Event
	// NeedHosts asks for a fresh list of hosts from discovery, to be handed in
	// with the Hosts command. It may take any time.
	NeedHosts bool
}

// Reset empties the lists, and keeps their room if it is small.
func (e *Effects) Reset() {
	e.Calls = reset(e.Calls)
	e.Answers = reset(e.Answers)
	e.Events = reset(e.Events)
	e.NeedHosts = false
}

func reset[E any](list []E) []E {
	const small = 64
	if cap(list) > small {
		return nil
	}
	clear(list)
	return list[:0]
}

func (e *Effects) emit(event Event) { e.Events = append(e.Events, event) }

// CallID names a call among all those of one state machine.
type CallID uint64

// Call is a request to make to another node.
type Call struct {
	ID      CallID
	Purpose Purpose
	Target  wire.Address
	Request wire.Request // not to be modified
	Timeout time.Duration
}

// RequestID names a request that came from outside. The driver chooses it.
type RequestID uint64

// Answer answers a request: with Response if Err is nil.
type Answer struct {
	To       RequestID
	Response wire.Response // not to be modified
	Err      error
}

// Calls keeps track of the calls under way.
type Calls struct {
	out     *Effects
	last    CallID
	pending []pendingCall // some, as a rule, so a list is quicker than a map
}

type pendingCall struct {
	id   CallID
	done func(wire.Response, error)
}

// NewCalls returns a tracker whose calls are appended to out.
func NewCalls(out *Effects) *Calls { return &Calls{out: out} }

// Start asks for a call; done gets its result.
func (c *Calls) Start(why Purpose, target wire.Address, request wire.Request, timeout time.Duration, done func(wire.Response, error)) {
	c.last++
	c.pending = append(c.pending, pendingCall{c.last, done})
	c.out.Calls = append(c.out.Calls, Call{ID: c.last, Purpose: why, Target: target, Request: request, Timeout: timeout})
}

// Finish hands in the result of a call: response if err is nil. An ID that is not
// under way is ignored.
func (c *Calls) Finish(id CallID, response wire.Response, err error) {
	i := slices.IndexFunc(c.pending, func(p pendingCall) bool { return p.id == id })
	if i < 0 {
		return
	}
	done := c.pending[i].done
	last := len(c.pending) - 1
	c.pending[i] = c.pending[last]
	c.pending[last] = pendingCall{}
	c.pending = c.pending[:last]
	done(response, err)
}

// Pending returns how many calls are under way.
func (c *Calls) Pending() int { return len(c.pending) }
