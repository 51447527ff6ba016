package world

import (
	"slices"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/script"
)

// deferred reports whether a node cannot take a message now, because it is
// stopped or busy, and if so puts the message back into the queue.
func (w *World) deferred(n *Node, e *event) bool {
	switch until := w.waitsUntil(n, e.call.ofResolver()); {
	case w.Now < until:
		e.at = until
	case n.Slow > 0 && !e.served && !e.call.ofResolver():
		n.busy = max(w.Now, n.busy) + n.Slow
		e.at, e.served = n.busy, true
	default:
		return false
	}
	w.queue.push(*e)
	return true
}

// arrived is when a request is at its target's host.
func (w *World) arrived(e *event) {
	c, n := e.call, e.call.To
	if !n.Up {
		if n.Silent {
			w.expectTimeout(c)
		} else {
			w.fail(c, errRefused)
		}
		return
	}
	if w.deferred(n, e) {
		w.expectTimeout(c) // the caller does not wait forever
		return
	}
	request := w.passRequest(c)
	if request == nil {
		return
	}
	w.current = n
	local := n.LocalTime(w.Now)
	if c.TellsOtherSide() {
		// What is due anyway is not what the visit has done.
		n.Core.Advance(local)
		w.collect(n)
		n.VisitedBy, n.VisitAsked = c.From, c.asked
	}
	id := n.nextRequest()
	n.waiting = append(n.waiting, waiting{id, c})
	n.Core.Request(local, id, request)
	if !c.twice && len(w.Nodes) > KeepsRequestsUpTo {
		c.Request = emptied(c.Request)
	}
	w.collect(n)
	n.VisitedBy = nil
	if n.place(id) >= 0 {
		w.expectTimeout(c)
	}
}

// waiting is a request that a core has not answered yet.
type waiting struct {
	id   swim.RequestID
	call *Call
}

// place returns where in waiting a request is; -1 if it is not there.
func (n *Node) place(id swim.RequestID) int {
	return slices.IndexFunc(n.waiting, func(r waiting) bool { return r.id == id })
}

// claim returns the call whose request a core answers; nil if there is none.
func (n *Node) claim(id swim.RequestID) *Call {
	i := n.place(id)
	if i < 0 {
		return nil
	}
	c := n.waiting[i].call
	n.waiting = slices.Delete(n.waiting, i, i+1)
	return c
}

// answer sends a core's answer to the caller.
func (w *World) answer(n *Node, c *Call, response wire.Response, err error) {
	if w.tamper.Answer != nil {
		response = w.tamper.Answer(c, response)
	}
	if !c.ofResolver() {
		told := ToldBy(response)
		for _, o := range w.observers {
			o.Answered(n, c, response, told, err)
		}
	}
	w.Net.apart(c, func() { w.sendAnswer(n, c, response, err) })
}

// sendAnswer puts an answer on its way, or says what keeps it from that.
func (w *World) sendAnswer(n *Node, c *Call, response wire.Response, err error) {
	if c.answered {
		return
	}
	c.answered, c.served = true, w.Now
	if w.Net.lost() {
		w.expectTimeout(c)
		return
	}
	switch w.Net.Blocked(n.Index, c.From.Index) {
	case "":
	case script.HowRefuse:
		response, err = nil, errRefused
	default:
		w.expectTimeout(c)
		return
	}
	at := w.Now + w.Net.delay(n.Index, c.From.Index)
	if at >= c.Deadline {
		w.expectTimeout(c)
		return
	}
	c.Response, c.err = response, err
	w.queue.push(event{at: at, kind: comeBack, call: c})
	if w.Net.twice() {
		c.twice = true
		w.queue.push(event{at: w.Now + w.Net.delay(n.Index, c.From.Index), kind: comeBack, call: c})
	}
}

// cameBack is when an answer or an error is at the caller's host.
func (w *World) cameBack(e *event) {
	c, n := e.call, e.call.From
	if !n.Up || n.Life != c.life || w.deferred(n, e) {
		return
	}
	if w.Now > c.Deadline && !c.done && !e.served {
		// The process was stopped meanwhile: the answer and the time-out wait
		// side by side, and either may come first.
		w.Net.apart(c, func() {
			if w.Net.rng.IntN(2) == 0 {
				c.Response, c.err = nil, errTimedOut
			}
		})
	}
	response, err := w.passResponse(c)
	w.finish(c, response, err)
}

// expired is when a caller has waited for long enough.
func (w *World) expired(c *Call) {
	n := c.From
	if c.done || !n.Up || n.Life != c.life {
		return
	}
	if until := w.waitsUntil(n, c.ofResolver()); w.Now < until {
		w.queue.push(event{at: until, kind: expire, call: c})
		return
	}
	w.finish(c, nil, errTimedOut)
}

// finish hands in how a call went. For an answer that has arrived twice it does
// so again: a core must not mind.
func (w *World) finish(c *Call, response wire.Response, err error) {
	n := c.From
	if !c.done {
		c.done = true
		n.Calling--
		if !c.ofResolver() {
			for _, o := range w.observers {
				o.Finished(c, err)
			}
		}
	}
	w.current = n
	n.lastAnswered = c.served
	n.Core.Response(n.LocalTime(w.Now), c.id, response, err)
	w.collect(n)
	if !c.answered || c.twice {
		return
	}
	answer := ToldBy(c.Response)
	giveBack(answer)
	c.Request, c.Response = emptied(c.Request), nil
	if !c.timed { // else its time-out may be in the queue for seconds
		w.freeCalls = append(w.freeCalls, c)
	}
}
