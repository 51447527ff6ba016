package sim

import (
	"time"

	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// nodeMeter holds what is measured at one node.
type nodeMeter struct {
	messages int // sent
	bytes    int
	before   int // messages at the start of the window

	visited *machine      // whose healer's message is being handled
	told    time.Duration // when that one was told the membership
	joined  time.Duration // when the call whose end is being handled was answered

	sized        int // of the membership at sizedVersion, in bytes
	sizedVersion uint64
}

// events takes note of what a core tells.
func (w *world) events(m *machine, list []swim.Event) {
	var healing wire.Address // whom its healer visits
	for _, e := range list {
		switch e := e.(type) {
		case swim.MembersChanged:
			for i := range e.Changes {
				w.changed(m, &e.Changes[i], healing)
			}
		case heal.Reached:
			healing = e.Target
			w.reached(m, &e)
		case heal.Merged:
			w.result.Merges++
			w.record(m, entry{kind: entryMerged, peer: e.Target})
		case heal.Failed:
			w.result.DeadDials++
			w.record(m, entry{kind: entryMissed, peer: e.Target})
		case swim.Refuted:
			w.result.Refutations++
			w.record(m, entry{kind: entryRefuted, peer: m.address, value: e.Incarnation, new: e.Accusation.Status})
		case swim.Joined:
			m.joined, m.joinedAt = true, w.now
			w.record(m, entry{kind: entryJoined, extra: int32(len(e.Hosts))})
		case swim.FullSyncSent:
			w.result.FullSyncs++
			w.record(m, entry{kind: entryFullSync, peer: e.To})
		case swim.Stalled:
			w.record(m, entry{kind: entryStalled, value: int64(e.For)})
		case swim.SelfEvicted:
			// The program ends when it has told the others.
			w.kill(m, false)
		}
	}
}

func (w *world) reached(m *machine, e *heal.Reached) {
	w.result.Visits++
	if !e.Plan.CanMerge() {
		w.result.Reincarnations++
	}
	w.phase.healPhase(w, e)
	w.record(m, entry{kind: entryReached, peer: e.Target, extra: int32(len(e.Plan.Ours) + len(e.Plan.Theirs))})
	w.checkVisit(m, e)
}

// changed takes note of a change of a member in a node's table.
func (w *world) changed(m *machine, c *swim.MemberChange, healing wire.Address) {
	member := c.After
	if member == nil {
		member = c.Before
	}
	e := entry{kind: entryChanged, peer: member.Address, value: member.Incarnation, new: member.Status}
	subject := w.subject(member.Address)
	if subject != nil {
		e.node = subject.index + 1
	}
	switch {
	case c.After == nil:
		e.kind, e.new = entryForgot, 0
	case c.Before == nil:
		e.kind = entryLearned
	default:
		e.old = c.Before.Status
	}
	w.record(m, e)
	w.checkChange(m, subject, c, healing)
	m.view.follow(w, m, c, subject.hashOf(member.Address))
	w.measureChange(m, subject, c)
}

// subject returns the condition of the machine at an address; nil: the address was made up.
func (w *world) subject(a wire.Address) *condition {
	if m := w.byAddress[a]; m != nil {
		return m.condition
	}
	return nil
}

// sent takes note of a request that a core makes.
func (w *world) sent(f *flight) {
	told := toldBy(f.request)
	w.visitCost(f, w.measureBody(f.from, f.request, &told))
	w.dialled(f)
	body := bodyPing
	switch f.request.(type) {
	case *wire.JoinRequest:
		body = bodyJoin
		w.result.Joins++
	case *wire.PingRequest:
		body = bodyPingRequest
	}
	w.record(f.from, entry{kind: entryCall, node: f.target(), value: int64(body), extra: int32(told.len())})
	w.checkSilence(f.from, f.to, body, &told, f)
	w.checkNameless(f)
}

// target returns the index of whom a call is to, plus one; 0 if there is nobody.
func (f *flight) target() int32 {
	if f.to == nil {
		return 0
	}
	return f.to.index + 1
}

// answered takes note of an answer that a core gives.
func (w *world) answered(m *machine, f *flight, response wire.Response, err error) {
	if err != nil {
		w.record(m, entry{kind: entryRefuse, node: f.from.index + 1})
		w.measureBody(m, nil, &told{})
		return
	}
	told := toldBy(response)
	bytes := w.measureBody(m, response, &told)
	w.visitCost(f, bytes)
	w.record(m, entry{kind: entryServe, node: f.from.index + 1, extra: int32(told.len())})
	if told.version == 0 {
		w.countSendings(m, f.from, &told)
	} else {
		w.syncCost(f, bytes)
	}
	if _, join := response.(*wire.JoinResponse); !join {
		w.checkSilence(m, f.from, bodyPing, &told, f)
	}
}

// finished takes note of the end of a call.
func (w *world) finished(f *flight, err error) {
	if err != nil {
		w.record(f.from, entry{kind: entryFailed, node: f.target()})
		return
	}
	heard := toldBy(f.response)
	w.record(f.from, entry{kind: entryOK, node: f.target(), extra: int32(heard.len())})
	if sent := toldBy(f.request); sent.version == 0 && !f.why.Heals() {
		w.countSendings(f.from, f.to, &sent)
	}
}

func (w *world) measureBody(m *machine, body any, told *told) (n int) {
	if body != nil {
		n = m.gauge.size(body, told)
		w.result.Carried += told.len()
	}
	m.gauge.messages++
	m.gauge.bytes += n
	w.result.Messages++
	w.result.Bytes += n
	return n
}
