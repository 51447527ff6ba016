package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/heal/resolve/akka"
	"github.com/ringmend/ringmend/node/wire"
)

// history is a document of the kind resolver.
type history struct {
	document
	Self            address `json:"self"`
	StableAfterMS   *int64  `json:"stable_after_ms"`
	UnstableAfterMS *int64  `json:"unstable_after_ms"`
	TickIntervalMS  int64   `json:"tick_interval_ms"`
	RunUntilMS      int64   `json:"run_until_ms"`
	Lease           string  `json:"lease"`
	Events          []event `json:"events"`
}

type event struct {
	TMS       int64         `json:"t_ms"`
	Event     string        `json:"event"`
	Member    eventMember   `json:"member"`
	Records   []record      `json:"records"`
	Addresses []address     `json:"addresses"`
	DC        string        `json:"dc"`
	at        time.Duration // TMS
	kind      akka.Kind
}

// eventMember is the member of an event: all of it, or its address alone.
type eventMember struct{ member }

// UnmarshalJSONFrom reads an object or a string.
func (m *eventMember) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() == '"' {
		return json.UnmarshalDecode(d, &m.Address)
	}
	return json.UnmarshalDecode(d, &m.member, json.RejectUnknownMembers(true))
}

// Events that are no news for a resolver, and those that are.
const (
	tickEvent          = "tick"
	dcUnreachableEvent = "dc-unreachable"
)

var eventKinds = map[string]akka.Kind{
	"up": akka.MemberUp, "joined": akka.MemberJoined, "weakly-up": akka.MemberWeaklyUp, "left": akka.MemberLeft,
	"exited": akka.MemberExited, "removed": akka.MemberRemoved, "unreachable": akka.MemberUnreachable,
	"reachable": akka.MemberReachable, "leader": akka.LeaderChanged, "reachability": akka.ReachabilityChanged,
	"seen": akka.SeenChanged,
}

// implied is the status that an event gives to its member.
var implied = map[akka.Kind]akka.Status{
	akka.MemberUp: akka.Up, akka.MemberJoined: akka.Joining, akka.MemberWeaklyUp: akka.WeaklyUp,
	akka.MemberLeft: akka.Leaving, akka.MemberExited: akka.Exiting,
}

// check returns an error about what the kind adds.
func (h *history) check() error {
	if err := h.document.check(); err != nil {
		return err
	}
	switch {
	case h.Self == "":
		return errors.New("self is missing")
	case h.Lease != "" && h.Lease != "granted" && h.Lease != "denied":
		return fmt.Errorf("lease is %.40q, it must be granted or denied", h.Lease)
	case h.Lease == "" && h.Strategy == resolve.LeaseMajority.String():
		return errors.New("lease is missing, lease-majority needs granted or denied")
	case len(h.Events) > maxEvents:
		return fmt.Errorf("%d events, at most %d are read", len(h.Events), maxEvents)
	}
	last := time.Duration(0)
	for i := range h.Events {
		e := &h.Events[i]
		if err := e.check(); err != nil {
			return fmt.Errorf("event %d: %w", i+1, err)
		}
		if e.at < last {
			return fmt.Errorf("event %d: %d ms is before the last one", i+1, e.TMS)
		}
		last = e.at
	}
	for name, ms := range map[string]int64{"tick_interval_ms": h.TickIntervalMS, "run_until_ms": h.RunUntilMS} {
		if _, err := millis(name, ms); err != nil {
			return err
		}
	}
	if h.TickIntervalMS > 0 {
		ticks := max(h.RunUntilMS, last.Milliseconds()) / h.TickIntervalMS
		if ticks > maxTicks || ticks*int64(len(h.Members)+len(h.Events)) > maxWork {
			return fmt.Errorf("%d ticks until the end are too many", ticks)
		}
	}
	return nil
}

func (e *event) check() (err error) {
	if e.at, err = millis("t_ms", e.TMS); err != nil {
		return err
	}
	if e.Event == tickEvent || e.Event == dcUnreachableEvent {
		return nil
	}
	kind, known := eventKinds[e.Event]
	if !known {
		return fmt.Errorf("no event %.40q", e.Event)
	}
	e.kind = kind
	if e.Member.Status != "" {
		if _, err := akka.ParseStatus(e.Member.Status); err != nil {
			return err
		}
	}
	switch kind {
	case akka.LeaderChanged, akka.ReachabilityChanged, akka.SeenChanged:
	default:
		if e.Member.Address == "" {
			return fmt.Errorf("%s without a member", e.Event)
		}
	}
	return nil
}

// clock returns the settings of when to decide.
func (h *history) clock() (c resolve.Clockwork, err error) {
	c.StableAfter, c.UnstableAfter = resolve.DefaultConfig().StableAfter, resolve.DefaultConfig().UnstableAfter
	if h.StableAfterMS != nil {
		if c.StableAfter, err = millis("stable_after_ms", *h.StableAfterMS); err != nil {
			return c, err
		}
		c.UnstableAfter = c.StableAfter * 3 / 4
	}
	if h.UnstableAfterMS != nil {
		c.UnstableAfter, err = millis("unstable_after_ms", *h.UnstableAfterMS)
	}
	return c, err
}

// known keeps what events have said about members: a later event may then give the address
// alone.
type known struct {
	doc     *document
	members map[wire.Address]akka.Member
}

// of returns the member of an event, with what was known of it.
func (k *known) of(e *event) (akka.Member, error) {
	m := k.doc.member(&e.Member.member)
	before, had := k.members[m.Address]
	if had {
		if e.Member.Age == nil {
			m.Age = before.Age
		}
		if e.Member.Roles == nil {
			m.Roles = before.Roles
		}
		if e.Member.DC == nil {
			m.DC = before.DC
		}
		if e.Member.Status == "" {
			m.Status = before.Status
		}
	}
	if status, is := implied[e.kind]; is {
		m.Status = status
	} else if !had && e.Member.Status == "" && e.kind != akka.LeaderChanged && e.kind != akka.MemberRemoved {
		return m, fmt.Errorf("%s at %d ms: %s is not known, so it needs a status", e.Event, e.TMS, m.Address)
	}
	if e.kind != akka.LeaderChanged && m.Address != "" {
		k.members[m.Address] = m
	}
	return m, nil
}
