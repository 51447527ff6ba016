package world

import (
	"errors"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/script"
)

// Why calls fail.
var (
	errRefused  = errors.New("connection refused")
	errTimedOut = errors.New("timed out")
)

// Call is a call from the moment it is made until the caller has heard how it
// went.
type Call struct {
	From, To *Node // To is nil if nothing listens at the target's address
	Request  wire.Request
	Response wire.Response // once it is under way
	Why      swim.Purpose
	// Deadline is when the caller will have waited for long enough.
	Deadline time.Duration
	// Posing is set by a mutant: another node answers in the name of this one.
	Posing wire.Address

	life     int32 // of the caller
	id       swim.CallID
	err      error
	timed    bool          // its time-out is in the queue
	served   time.Duration // when the target answered
	answered bool          // the target has answered; a request that came twice is answered twice
	done     bool          // the caller has heard
	wait     time.Duration // before it is sent once more
	twice    bool          // the request or its answer arrives twice
	asked    time.Duration // for a part of a visit: when the target told its membership
}

// TellsOtherSide reports whether a call is the second half of a healer's visit of another side.
func (c *Call) TellsOtherSide() bool {
	return c.Why == swim.HealReincarnate || c.Why == swim.HealMerge
}

// ofResolver reports whether a call is a question of a resolver to another one. What nodes
// tell each other must go the same way with resolvers as without.
func (c *Call) ofResolver() bool { return c.Why == swim.ResolveState }

// stalled is a request that a cut has kept in the sockets.
type stalled struct {
	call  *Call
	since time.Duration
}

// maxStalled is how many requests one connection is taken to hold.
const maxStalled = 4

// call makes a call for a core.
func (w *World) call(n *Node, asked *swim.Call) {
	n.Calling++
	c := w.newCall()
	*c = Call{
		From: n, To: w.byAddress[asked.Target], life: n.Life, id: asked.ID, Request: asked.Request,
		Deadline: w.Now + asked.Timeout, Why: asked.Purpose,
	}
	if c.TellsOtherSide() {
		c.asked = n.lastAnswered // the end of the call that is being handled
	}
	if w.tamper.Request != nil {
		w.tamper.Request(c)
	}
	if !c.ofResolver() {
		told := ToldBy(c.Request)
		for _, o := range w.observers {
			o.Sent(c, told)
		}
	}
	w.Net.apart(c, func() { w.dispatch(c) })
}

// dispatch puts a new call on its way.
func (w *World) dispatch(c *Call) {
	n := c.From
	switch {
	case w.Script.Warm && n.Life == 1 && int(n.Index) < w.Script.Start && !n.Core.Node().Ready():
		c.Response = w.welcome(c)
		w.queue.push(event{at: w.Now, kind: comeBack, call: c})
	case c.To == nil:
		w.fail(c, errRefused)
	case w.Net.lost():
		w.drop(c)
	default:
		w.send(c)
	}
}

// send puts a request on its way, or says what keeps it from that.
func (w *World) send(c *Call) {
	switch how := w.Net.Blocked(c.From.Index, c.To.Index); how {
	case "":
		if until := w.deadUntil(c); until > w.Now {
			w.queue.push(event{at: until, kind: arrive, call: c})
			w.expectTimeout(c)
			return
		}
		w.queue.push(event{at: w.Now + w.Net.delay(c.From.Index, c.To.Index), kind: arrive, call: c})
		if w.Net.twice() {
			c.twice = true
			w.queue.push(event{at: w.Now + w.Net.delay(c.From.Index, c.To.Index), kind: arrive, call: c})
		}
	case script.HowRefuse:
		w.fail(c, errRefused)
	default:
		if how == script.HowBackOff {
			w.die(c)
		}
		if (how == script.HowStall || how == script.HowBackOff) && !c.ofResolver() && w.stall(c) {
			w.expectTimeout(c)
		} else {
			w.drop(c)
			w.retrySYN(c)
		}
	}
}

// retrySYN lets a join that was dropped be sent once more, if its caller still
// waits then: it opens a connection, and the kernel sees to that. (How calls over
// open connections come late is another kind of cut, [script.HowStall].)
func (w *World) retrySYN(c *Call) {
	if _, opens := c.Request.(*wire.JoinRequest); !opens {
		return
	}
	c.wait = max(2*c.wait, firstSYNRetry)
	if at := w.Now + c.wait; at < c.Deadline {
		w.queue.push(event{at: at, kind: synRetry, call: c})
	}
}

// firstSYNRetry is after how long Linux sends the first packet of a connection again;
// each further time takes twice as long. (Since 6.5 it is once a second at first.)
const firstSYNRetry = time.Second

// synRetried is when a packet that opens a connection is sent again.
func (w *World) synRetried(c *Call) {
	if c.From.Up && c.From.Life == c.life && !c.done {
		w.send(c)
	}
}

// drop loses a request for good. What it carried is given back at once: calls that
// wait for their time-outs are most of what a large cluster holds when it is cut.
func (w *World) drop(c *Call) {
	c.Request = emptied(c.Request)
	w.expectTimeout(c)
}

// stall keeps a request until the cut is over, unless there are enough of them.
func (w *World) stall(c *Call) bool {
	connection := [2]int32{c.From.Index, c.To.Index}
	if w.kept[connection] >= maxStalled {
		return false
	}
	w.kept[connection]++
	w.stalled = append(w.stalled, stalled{c, w.Now})
	return true
}

// flow lets what the sockets have kept arrive, after a while that grows with the
// length of the cut, as the times between TCP's retransmissions do.
func (w *World) flow() {
	w.revive()
	for _, s := range w.stalled {
		at := w.deadUntil(s.call)
		if at <= w.Now {
			at = w.resent(s.since)
		}
		w.LateUntil = max(w.LateUntil, at)
		w.queue.push(event{at: at, kind: arrive, call: s.call})
	}
	w.stalled = nil
	clear(w.kept)
}

// resent returns when TCP sends again, after a cut, what it first sent at a time.
func (w *World) resent(since time.Duration) time.Duration {
	const longest = 10 * time.Second
	wait := min(w.Now-since, longest) + 1
	return w.Now + time.Duration(w.Net.rng.Int64N(int64(wait)))
}

// fail gives the caller an error one round trip from now.
func (w *World) fail(c *Call, err error) {
	c.err = err
	w.queue.push(event{at: w.Now + w.Net.Latency, kind: comeBack, call: c})
}

func (w *World) expectTimeout(c *Call) {
	if !c.timed {
		c.timed = true
		w.queue.push(event{at: max(w.Now, c.Deadline), kind: expire, call: c})
	}
}

// newCall returns a call to fill in, a used one if there is any.
func (w *World) newCall() *Call {
	last := len(w.freeCalls) - 1
	if last < 0 {
		return new(Call)
	}
	c := w.freeCalls[last]
	w.freeCalls = w.freeCalls[:last]
	return c
}
