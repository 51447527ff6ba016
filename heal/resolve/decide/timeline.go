package main

import (
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ringmend/ringmend/heal/resolve/akka"
	"github.com/ringmend/ringmend/node/wire"
)

// player is a resolver that a history is played to.
type player interface {
	handle(now time.Time, e akka.Event)
	tick(now time.Time)
	// waiting returns when it asks for the lease, if it is going to.
	waiting() (at time.Time, ok bool)
	advance(now time.Time)
	answer(id jsontext.Value) any
}

// epoch is the time 0 of a history.
var epoch = time.Unix(0, 0)

// play answers a document of the kind resolver.
func play(value jsontext.Value) (any, error) {
	var h history
	if err := strict(value, &h); err != nil {
		return nil, err
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	rules, err := h.rules()
	if err != nil {
		return nil, err
	}
	clock, err := h.clock()
	if err != nil {
		return nil, err
	}
	var p player
	if h.Mode == "guard" {
		p = newGuardPlayer(&h, &rules, clock)
	} else {
		p = newParityPlayer(&h, &rules, clock)
	}
	if err := h.playTo(p); err != nil {
		return nil, err
	}
	return p.answer(h.ID), nil
}

// playTo plays the history: what is at its beginning, and then events and ticks by time,
// events first.
func (h *history) playTo(p player) error {
	k := known{&h.document, make(map[wire.Address]akka.Member)}
	h.begin(p, &k)
	end := h.RunUntilMS
	if n := len(h.Events); n > 0 {
		end = max(end, h.Events[n-1].TMS)
	}
	next := int64(0) // tick
	ticks := func(before int64) {
		for ; h.TickIntervalMS > 0 && next < before; next += h.TickIntervalMS {
			tickAt(p, at(next))
		}
	}
	for i := range h.Events {
		e := &h.Events[i]
		ticks(e.TMS)
		now := at(e.TMS)
		settleLease(p, now)
		switch e.Event {
		case tickEvent:
			tickAt(p, now)
		case dcUnreachableEvent:
		default:
			m, err := k.of(e)
			if err != nil {
				return err
			}
			p.handle(now, akka.Event{Kind: e.kind, Member: m, Records: records(e.Records), Seen: addresses(e.Addresses)})
		}
	}
	ticks(end + 1)
	if when, ok := p.waiting(); ok && (h.RunUntilMS == 0 || !when.After(at(end))) {
		p.advance(when)
	}
	return nil
}

func at(ms int64) time.Time { return epoch.Add(time.Duration(ms) * time.Millisecond) }

func tickAt(p player, now time.Time) {
	settleLease(p, now)
	p.tick(now)
}

// settleLease lets the lease answer that was to be asked before now.
func settleLease(p player, now time.Time) {
	if when, ok := p.waiting(); ok && !when.After(now) {
		p.advance(when)
	}
}

// begin plays what the document has besides events.
func (h *history) begin(p player, k *known) {
	kinds := map[akka.Status]akka.Kind{
		akka.Joining: akka.MemberJoined, akka.WeaklyUp: akka.MemberWeaklyUp, akka.Up: akka.MemberUp,
		akka.Leaving: akka.MemberLeft, akka.Exiting: akka.MemberExited, akka.Down: akka.MemberExited,
	}
	for i := range h.Members {
		m := h.member(&h.Members[i])
		k.members[m.Address] = m
		p.handle(epoch, akka.Event{Kind: kinds[m.Status], Member: m})
	}
	for _, a := range h.unreachable() {
		p.handle(epoch, akka.Event{Kind: akka.MemberUnreachable, Member: k.members[a]})
	}
	if len(h.Reachability) > 0 {
		p.handle(epoch, akka.Event{Kind: akka.ReachabilityChanged, Records: h.records()})
	}
	if len(h.SeenBy) > 0 {
		p.handle(epoch, akka.Event{Kind: akka.SeenChanged, Seen: addresses(h.SeenBy)})
	}
}

// followsLeader reports whether the history says who leads.
func (h *history) followsLeader() bool {
	return slices.ContainsFunc(h.Events, func(e event) bool { return e.kind == akka.LeaderChanged && e.Event == "leader" })
}
