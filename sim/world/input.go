package world

import (
	"time"

	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
)

// Input gives a node's core an input and carries out the effects. local is the time on
// the clock of its host.
func (w *World) Input(n *Node, do func(c *core.Core, local time.Time)) {
	w.current = n
	do(n.Core, n.LocalTime(w.Now))
	w.collect(n)
}

// Inject is Input for a node that runs and has joined; id is for a request whose answer
// is dropped.
func (w *World) Inject(n *Node, do func(c *core.Core, local time.Time, id swim.RequestID)) {
	if n.IsRunning(w.Now) && n.Core.Node().Ready() {
		w.Input(n, func(c *core.Core, local time.Time) { do(c, local, n.nextRequest()) })
	}
}

// wakeUp advances a core whose deadline has come.
func (w *World) wakeUp(e *event) {
	n := w.Nodes[e.node]
	if !n.Up || n.Life != e.life || n.wakeAt != e.at {
		return
	}
	n.wakeAt = never
	if until := w.waitsUntil(n, false); w.Now < until {
		w.scheduleAt(n, until)
		return
	}
	w.current = n
	if !w.tamper.Asleep {
		n.Core.Advance(n.LocalTime(w.Now)) // does nothing if the deadline has moved
	}
	w.collect(n)
}

// maxIdle is how many deadlines in a row may pass without the next one being
// later.
const maxIdle = 1000

// schedule wakes a core at its deadline. A wake that is in
// the queue already and comes too early is left there: it does nothing.
func (w *World) schedule(n *Node) {
	deadline, ok := n.Core.Deadline()
	if !ok {
		return
	}
	at := max(w.Now, n.clock.when(deadline))
	if at > w.Now {
		n.idle = 0
	} else if n.idle++; n.idle > maxIdle {
		w.Violate(InvariantDeadline, []*Node{n}, "node %d wants to be woken at %v again and again, and it is %v", n.Number(), deadline, n.LocalTime(w.Now))
		return
	}
	w.scheduleAt(n, at)
}

func (w *World) scheduleAt(n *Node, at time.Duration) {
	if at < n.wakeAt {
		n.wakeAt = at
		w.queue.push(event{at: at, kind: wake, node: n.Index, life: n.Life})
	}
}

// askHosts asks discovery for a node.
func (w *World) askHosts(n *Node, forResolver bool) {
	delay := w.Net.Latency
	if !forResolver {
		delay = w.Net.delay(n.Index, n.Index)
	}
	w.queue.push(event{at: w.Now + delay, kind: hosts, node: n.Index, life: n.Life})
}

// hostsCame is when discovery answers a node.
func (w *World) hostsCame(e *event) {
	n := w.Nodes[e.node]
	if !n.Up || n.Life != e.life {
		return
	}
	if until := w.waitsUntil(n, false); w.Now < until {
		e.at = until
		w.queue.push(*e)
		return
	}
	w.Input(n, func(c *core.Core, local time.Time) { c.Hosts(local, w.Listed(n), nil) })
}

// resumed is when the process of a node goes on.
func (w *World) resumed(e *event) {
	n := w.Nodes[e.node]
	if !n.Up || n.Life != e.life {
		return
	}
	for _, o := range w.observers {
		o.Resumed(n)
	}
}

// collect carries out the effects of an input.
func (w *World) collect(n *Node) {
	n.Driven = w.Now
	out := n.Core.Take()
	w.tell(n, out.Events)
	if !n.Up {
		return // it has evicted itself
	}
	for i := range out.Answers {
		a := &out.Answers[i]
		if c := n.claim(a.To); c != nil {
			w.answer(n, c, a.Response, a.Err)
		}
	}
	for i := range out.Calls {
		w.call(n, &out.Calls[i])
	}
	if out.NeedHosts {
		w.askHosts(n, out.ForResolver)
	}
	if out.Lease != nil {
		w.askStore(n, out.Lease)
	}
	w.schedule(n)
}

// tell hands the events of a core to the observers.
func (w *World) tell(n *Node, list []swim.Event) {
	n.Visiting = ""
	for _, e := range list {
		if changes, ok := e.(swim.MembersChanged); ok {
			for i := range changes.Changes {
				w.changed(n, &changes.Changes[i])
			}
			continue
		}
		switch e := e.(type) {
		case heal.Reached:
			n.Visiting = e.Target
		case swim.Joined:
			n.Joined, n.JoinedAt = true, w.Now
		}
		for _, o := range w.observers {
			o.Event(n, e)
		}
		if _, gone := e.(swim.SelfEvicted); gone {
			w.kill(n, false) // the program ends when it has told the others
		}
	}
	n.Visiting = ""
}

func (w *World) changed(n *Node, c *swim.MemberChange) {
	subject := w.byAddress[c.Address()]
	for _, o := range w.observers {
		o.Changed(n, subject, c)
	}
}
