package trace

import (
	"bufio"
	"fmt"
	"io"

	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/internal/hash"
	"github.com/ringmend/ringmend/sim/script"
	"github.com/ringmend/ringmend/sim/world"
)

// Trace is the observer that keeps the trace.
type Trace struct {
	world.Nothing
	world  *world.World
	hash   uint64
	out    *bufio.Writer
	recent []recent // of each node
}

// New returns the trace of a world, which is written to out unless that is nil.
func New(w *world.World, out io.Writer) *Trace {
	t := &Trace{world: w, hash: 1, recent: make([]recent, len(w.Nodes))}
	if out != nil {
		t.out = bufio.NewWriter(out)
	}
	return t
}

// Hash returns the number that stands for all that has happened.
func (t *Trace) Hash() uint64 { return hash.Mix(t.hash, t.world.Events) }

// Happened returns the same without what resolvers do among themselves.
func (t *Trace) Happened() uint64 { return t.hash }

// Flush writes what is not written yet.
func (t *Trace) Flush() error {
	if t.out == nil {
		return nil
	}
	return t.out.Flush()
}

// record adds something that happened at a node.
func (t *Trace) record(n *world.Node, e entry) {
	e.at = t.world.Now
	h := hash.Mix(t.hash, uint64(e.at)<<8^uint64(e.kind))
	h = hash.Mix(h, uint64(n.Index)<<32^uint64(uint32(e.extra)))
	if e.node > 0 {
		h = hash.Mix(h, uint64(e.node)) // as the hash of the node
	} else {
		h = hash.Mix(h, t.world.HashOf(e.peer))
	}
	t.hash = hash.Mix(h, uint64(e.value)^uint64(e.old)<<56^uint64(e.new)<<60)
	if t.out != nil {
		fmt.Fprintf(t.out, "%12.6f  node %-4d %s\n", e.at.Seconds(), n.Number(), t.describe(&e))
	}
	if !e.dull() {
		t.recent[n.Index].add(e)
	}
}

// StepOn records that a step concerns a node.
func (t *Trace) StepOn(n *world.Node, s *script.Step) {
	t.record(n, entry{kind: entryStep, peer: wire.Address(s.Verb)})
}

// Started records the start of a process.
func (t *Trace) Started(n *world.Node) { t.record(n, entry{kind: entryStart, extra: n.Life}) }

// Killed records the end of a process.
func (t *Trace) Killed(n *world.Node) { t.record(n, entry{kind: entryEnd, extra: n.Life}) }

// Sent records a request.
func (t *Trace) Sent(c *world.Call, told wire.ChangeList) {
	body := bodyPing
	switch c.Request.(type) {
	case *wire.JoinRequest:
		body = bodyJoin
	case *wire.PingRequest:
		body = bodyPingRequest
	}
	t.record(c.From, entry{kind: entryCall, node: target(c), value: int64(body), extra: int32(told.Len())})
}

// Answered records an answer.
func (t *Trace) Answered(n *world.Node, c *world.Call, _ wire.Response, told wire.ChangeList, err error) {
	if err != nil {
		t.record(n, entry{kind: entryRefuse, node: c.From.Index + 1})
		return
	}
	t.record(n, entry{kind: entryServe, node: c.From.Index + 1, extra: int32(told.Len())})
}

// Finished records how a call went.
func (t *Trace) Finished(c *world.Call, err error) {
	if err != nil {
		t.record(c.From, entry{kind: entryFailed, node: target(c)})
		return
	}
	heard := world.ToldBy(c.Response)
	t.record(c.From, entry{kind: entryOK, node: target(c), extra: int32(heard.Len())})
}

// target returns the index of the node that a call is to, plus one; 0 if there is none.
func target(c *world.Call) int32 {
	if c.To == nil {
		return 0
	}
	return c.To.Index + 1
}

// Changed records a change of a member.
func (t *Trace) Changed(n, subject *world.Node, c *swim.MemberChange) {
	member := c.After
	if member == nil {
		member = c.Before
	}
	e := entry{kind: entryChanged, peer: member.Address, value: member.Incarnation, new: member.Status}
	if subject != nil {
		e.node = subject.Index + 1
	}
	switch {
	case c.After == nil:
		e.kind, e.new = entryForgot, 0
	case c.Before == nil:
		e.kind = entryLearned
	default:
		e.old = c.Before.Status
	}
	t.record(n, e)
}

// Event records what a node tells.
func (t *Trace) Event(n *world.Node, e swim.Event) {
	switch e := e.(type) {
	case heal.Reached:
		t.record(n, entry{kind: entryReached, peer: e.Target, extra: int32(len(e.Plan.Ours) + len(e.Plan.Theirs))})
	case heal.Merged:
		t.record(n, entry{kind: entryMerged, peer: e.Target})
	case heal.Failed:
		t.record(n, entry{kind: entryMissed, peer: e.Target})
	case swim.Refuted:
		t.record(n, entry{kind: entryRefuted, peer: n.Address, value: e.Incarnation, new: e.Accusation.Status})
	case swim.Joined:
		t.record(n, entry{kind: entryJoined, extra: int32(len(e.Hosts))})
	case swim.FullSyncSent:
		t.record(n, entry{kind: entryFullSync, peer: e.To})
	case swim.Stalled:
		t.record(n, entry{kind: entryStalled, value: int64(e.For)})
	}
}
