package sim

import (
	"errors"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Why calls fail.
var (
	errRefused  = errors.New("connection refused")
	errTimedOut = errors.New("timed out")
)

// flight is a call from the moment it is made until the caller has heard how it
// went.
type flight struct {
	from, to *machine
	life     int32 // of the caller
	id       swim.CallID
	request  wire.Request
	response wire.Response
	err      error
	deadline time.Duration
	timed    bool          // its time-out is in the queue
	served   time.Duration // when the target answered
	answered bool          // the target has answered; a request that came twice is answered twice
	done     bool          // the caller has heard
	wait     time.Duration // before it is sent once more
	twice    bool          // the request or its answer arrives twice
	why      swim.Purpose
	posing   wire.Address  // a mutant lets another node answer in the name of this one
	asked    time.Duration // for a part of a visit: when the target told its membership
}

// stalled is a request that a cut has kept in the sockets.
type stalled struct {
	f     *flight
	since time.Duration
}

// maxStalled is how many requests one connection is taken to hold.
const maxStalled = 4

// call makes a call for a core.
func (w *world) call(m *machine, c *swim.Call) {
	m.calling++
	f := w.flight()
	*f = flight{
		from: m, to: w.byAddress[c.Target], life: m.life, id: c.ID, request: c.Request,
		deadline: w.now + c.Timeout, why: c.Purpose,
	}
	if f.tellsOtherSide() {
		f.asked = m.gauge.joined // the end of the call that is being handled
	}
	if w.mutant.request != nil {
		w.mutant.request(w, f)
	}
	w.sent(f)
	switch {
	case w.script.Warm && m.life == 1 && int(m.index) < w.script.Start && !m.core.Node().Ready():
		f.response = w.welcome(f)
		w.queue.push(event{at: w.now, kind: comeBack, flight: f})
	case f.to == nil:
		w.fail(f, errRefused)
	case w.net.lost():
		w.drop(f)
	default:
		w.send(f)
	}
}

// send puts a request on its way, or says what keeps it from that.
func (w *world) send(f *flight) {
	switch how := w.net.blocked(f.from.index, f.to.index); how {
	case "":
		w.queue.push(event{at: w.now + w.net.delay(f.from.index, f.to.index), kind: arrive, flight: f})
		if w.net.twice() {
			f.twice = true
			w.queue.push(event{at: w.now + w.net.delay(f.from.index, f.to.index), kind: arrive, flight: f})
		}
	case howRefuse:
		w.fail(f, errRefused)
	default:
		if how == howStall && w.stall(f) {
			w.expectTimeout(f)
		} else {
			w.drop(f)
			w.retrySYN(f)
		}
	}
}

// retrySYN lets a join that was dropped be sent once more, if its caller still
// waits then: it opens a connection, and the kernel sees to that. (How calls over
// open connections come late is another kind of cut, [howStall].)
func (w *world) retrySYN(f *flight) {
	if _, opens := f.request.(*wire.JoinRequest); !opens {
		return
	}
	f.wait = max(2*f.wait, firstSYNRetry)
	if at := w.now + f.wait; at < f.deadline {
		w.queue.push(event{at: at, kind: knock, flight: f})
	}
}

// firstSYNRetry is after how long Linux sends the first packet of a connection again;
// each further time takes twice as long. (Since 6.5 it is once a second at first.)
const firstSYNRetry = time.Second

// synRetried is when a packet that opens a connection is sent again.
func (w *world) synRetried(f *flight) {
	if f.from.up && f.from.life == f.life && !f.done {
		w.send(f)
	}
}

// drop loses a request for good. What it carried is given back at once: calls that
// wait for their time-outs are most of what a large cluster holds when it is cut.
func (w *world) drop(f *flight) {
	f.request = emptied(f.request)
	w.expectTimeout(f)
}

// stall keeps a request until the cut is over, unless there are enough of them.
func (w *world) stall(f *flight) bool {
	connection := [2]int32{f.from.index, f.to.index}
	if w.kept[connection] >= maxStalled {
		return false
	}
	w.kept[connection]++
	w.stalled = append(w.stalled, stalled{f, w.now})
	return true
}

// flow lets what the sockets have kept arrive, after a while that grows with the
// length of the cut, as the times between TCP's retransmissions do.
func (w *world) flow() {
	const longest = 10 * time.Second
	for _, s := range w.stalled {
		wait := min(w.now-s.since, longest) + 1
		at := w.now + time.Duration(w.net.rng.Int64N(int64(wait)))
		w.queue.push(event{at: at, kind: arrive, flight: s.f})
	}
	w.stalled = nil
	clear(w.kept)
}

// fail tells the caller that there is nobody, one round trip from now.
func (w *world) fail(f *flight, err error) {
	f.err = err
	w.queue.push(event{at: w.now + w.net.latency, kind: comeBack, flight: f})
}

func (w *world) expectTimeout(f *flight) {
	if !f.timed {
		f.timed = true
		w.queue.push(event{at: max(w.now, f.deadline), kind: expire, flight: f})
	}
}

// deferred reports whether a node cannot take a message now, because it is
// stopped or busy, and if so puts the message back into the queue.
func (w *world) deferred(m *machine, e *event) bool {
	switch {
	case w.now < m.stopped:
		e.at = m.stopped
	case m.slow > 0 && !e.served:
		m.busy = max(w.now, m.busy) + m.slow
		e.at, e.served = m.busy, true
	default:
		return false
	}
	w.queue.push(*e)
	return true
}

// arrived is when a request is at its target's host.
func (w *world) arrived(e *event) {
	f, m := e.flight, e.flight.to
	if !m.up {
		if m.silent {
			w.expectTimeout(f)
		} else {
			w.fail(f, errRefused)
		}
		return
	}
	if w.deferred(m, e) {
		w.expectTimeout(f) // the caller does not wait for ever
		return
	}
	request := w.passRequest(f)
	if request == nil {
		return
	}
	w.current = m
	local := m.clock.at(w.now)
	if f.tellsOtherSide() {
		// What is due anyway is not what the visit has done.
		m.core.Advance(local)
		w.collect(m)
		m.gauge.visited, m.gauge.told = f.from, f.asked
	}
	m.lastID++
	id := m.lastID
	m.waiting = append(m.waiting, waiting{id, f})
	m.core.Request(local, id, request)
	if !f.twice && len(w.machines) > countingUpTo {
		f.request = emptied(f.request)
	}
	w.collect(m)
	m.gauge.visited = nil
	if m.place(id) >= 0 {
		w.expectTimeout(f)
	}
}

// waiting is a request that a core has not answered yet.
type waiting struct {
	id     swim.RequestID
	flight *flight
}

// place returns where in waiting a request is; -1 if it is not there.
func (m *machine) place(id swim.RequestID) int {
	return slices.IndexFunc(m.waiting, func(r waiting) bool { return r.id == id })
}

// claim returns the call whose request a core answers; nil if there is none.
func (m *machine) claim(id swim.RequestID) *flight {
	i := m.place(id)
	if i < 0 {
		return nil
	}
	f := m.waiting[i].flight
	m.waiting = slices.Delete(m.waiting, i, i+1)
	return f
}

// answer sends an answer to whom a core has answered.
func (w *world) answer(m *machine, f *flight, response wire.Response, err error) {
	if w.mutant.answer != nil {
		response = w.mutant.answer(w, f, response)
	}
	w.answered(m, f, response, err)
	if f.answered {
		return
	}
	f.answered, f.served = true, w.now
	if w.net.lost() {
		w.expectTimeout(f)
		return
	}
	switch w.net.blocked(m.index, f.from.index) {
	case "":
	case howRefuse:
		response, err = nil, errRefused
	default:
		w.expectTimeout(f)
		return
	}
	at := w.now + w.net.delay(m.index, f.from.index)
	if at >= f.deadline {
		w.expectTimeout(f)
		return
	}
	f.response, f.err = response, err
	w.queue.push(event{at: at, kind: comeBack, flight: f})
	if w.net.twice() {
		f.twice = true
		w.queue.push(event{at: w.now + w.net.delay(m.index, f.from.index), kind: comeBack, flight: f})
	}
}

// cameBack is when an answer or an error is at the caller's host.
func (w *world) cameBack(e *event) {
	f, m := e.flight, e.flight.from
	if !m.up || m.life != f.life || w.deferred(m, e) {
		return
	}
	if w.now > f.deadline && !f.done && !e.served && w.net.rng.IntN(2) == 0 {
		// The process was stopped meanwhile: the answer and the time-out wait
		// side by side, and either may come first.
		f.response, f.err = nil, errTimedOut
	}
	response, err := w.passResponse(f)
	w.finish(f, response, err)
}

// expired is when a caller has waited for long enough.
func (w *world) expired(f *flight) {
	m := f.from
	if f.done || !m.up || m.life != f.life {
		return
	}
	if w.now < m.stopped {
		w.queue.push(event{at: m.stopped, kind: expire, flight: f})
		return
	}
	w.finish(f, nil, errTimedOut)
}

// finish hands in how a call went. For an answer that has arrived twice it does
// so again: a core must not mind.
func (w *world) finish(f *flight, response wire.Response, err error) {
	m := f.from
	if !f.done {
		f.done = true
		m.calling--
		w.finished(f, err)
	}
	w.current = m
	m.gauge.joined = f.served
	m.core.Response(m.clock.at(w.now), f.id, response, err)
	w.collect(m)
	if !f.answered || f.twice {
		return
	}
	answer := toldBy(f.response)
	answer.giveBack()
	f.request, f.response = emptied(f.request), nil
	if !f.timed { // else its time-out may be in the queue for seconds
		w.freeCalls = append(w.freeCalls, f)
	}
}

// flight returns room for a call.
func (w *world) flight() *flight {
	last := len(w.freeCalls) - 1
	if last < 0 {
		return new(flight)
	}
	f := w.freeCalls[last]
	w.freeCalls = w.freeCalls[:last]
	return f
}
