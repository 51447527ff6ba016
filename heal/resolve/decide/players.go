package main

import (
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/heal/resolve/akka"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// played is the answer to a document of the kind resolver.
type played struct {
	ID        jsontext.Value `json:"id"`
	Decisions []made         `json:"decisions"`
	Down      []wire.Address `json:"down"`
	States    []stateAt      `json:"states,omitzero"`

	down map[wire.Address]bool
}

type made struct {
	TMS      int64          `json:"t_ms"`
	Decision string         `json:"decision"`
	Down     []wire.Address `json:"down"`
	Own      *int           `json:"own,omitzero"`
	Other    *int           `json:"other,omitzero"`
	Reason   string         `json:"reason,omitzero"`
	Error    string         `json:"error,omitzero"`
}

type stateAt struct {
	TMS   int64  `json:"t_ms"`
	State string `json:"state"`
}

func newPlayed() played {
	return played{Decisions: []made{}, Down: []wire.Address{}, down: make(map[wire.Address]bool)}
}

func (p *played) add(m made) {
	p.Decisions = append(p.Decisions, m)
	for _, a := range m.Down {
		if !p.down[a] {
			p.down[a] = true
			p.Down = append(p.Down, a)
		}
	}
}

func (p *played) finish(id jsontext.Value) *played {
	p.ID = id
	slices.SortFunc(p.Down, resolve.CompareAddresses)
	return p
}

func ms(t time.Time) int64 { return t.Sub(epoch).Milliseconds() }

// parityPlayer is Akka's resolver on one node.
type parityPlayer struct{ *akka.Sequence }

func newParityPlayer(h *history, rules *akka.Rules, clock resolve.Clockwork) *parityPlayer {
	s := akka.NewSequence(*rules, wire.Address(h.Self), akka.NewCluster(h.SelfDC), clock, h.Lease == "granted", epoch)
	if h.followsLeader() {
		s.FollowLeader()
	}
	return &parityPlayer{s}
}

func (p *parityPlayer) handle(now time.Time, e akka.Event) { p.Handle(now, e) }
func (p *parityPlayer) tick(now time.Time)                 { p.Tick(now) }
func (p *parityPlayer) waiting() (time.Time, bool)         { return p.Waiting() }
func (p *parityPlayer) advance(now time.Time)              { p.Advance(now) }
func (p *parityPlayer) answer(id jsontext.Value) any {
	out := newPlayed()
	for _, d := range p.Decided() {
		m := made{TMS: ms(d.At), Decision: d.Decision.String(), Down: d.Down}
		if d.Err != nil {
			m.Error = d.Err.Error()
		}
		out.add(m)
	}
	return out.finish(id)
}

// guardPlayer is the resolver of a node of this project, whose membership is made from the
// events. Statuses say who is settled. Other nodes do not answer it.
type guardPlayer struct {
	resolver *resolve.Resolver
	role     string
	self     wire.Address
	members  map[wire.Address]swim.Member
	away     map[wire.Address]bool // unreachable
	granted  bool
	store    resolve.Record
	out      played
}

func newGuardPlayer(h *history, rules *akka.Rules, clock resolve.Clockwork) *guardPlayer {
	g := &guardPlayer{
		role: rules.Role, self: wire.Address(h.Self), granted: h.Lease == "granted",
		members: make(map[wire.Address]swim.Member), away: make(map[wire.Address]bool),
		out: newPlayed(),
	}
	g.out.States = []stateAt{}
	g.members[g.self] = g.toMember(&akka.Member{Address: g.self, Age: resolve.Youngest, DC: h.SelfDC}, wire.Alive)
	cfg := resolve.DefaultConfig()
	cfg.Rules, cfg.MinorityDelay = rules.Rules, rules.MinorityDelay
	cfg.StableAfter, cfg.UnstableAfter = clock.StableAfter, clock.UnstableAfter
	cfg.Settle = max(cfg.Settle, cfg.StableAfter)
	g.resolver = resolve.New(cfg, g, epoch)
	g.resolver.Keep(epoch)
	g.resolver.SetSettled(g.self, false)
	g.resolver.Take()
	return g
}

// Self, Each and Checksum make it a resolve.Membership.
func (g *guardPlayer) Self() swim.Member { return g.members[g.self] }

func (g *guardPlayer) Each(f func(*swim.Member) bool) {
	for _, m := range g.members {
		if !f(&m) {
			return
		}
	}
}

func (g *guardPlayer) Checksum() uint32 { return 0 }

func (g *guardPlayer) toMember(m *akka.Member, status wire.Status) swim.Member {
	labels := map[string]string{"dc": m.DC}
	if slices.Contains(m.Roles, g.role) {
		labels["role"] = g.role
	}
	if m.Age != resolve.Youngest {
		labels[resolve.BornLabel] = strconv.FormatInt(m.Age, 10)
	}
	return swim.Member{Address: m.Address, Status: status, Labels: labels}
}

func (g *guardPlayer) handle(now time.Time, e akka.Event) {
	m := e.Member
	switch e.Kind {
	case akka.LeaderChanged, akka.ReachabilityChanged, akka.SeenChanged:
		return
	case akka.MemberUnreachable:
		g.away[m.Address] = m.Address != g.self
	case akka.MemberReachable, akka.MemberRemoved:
		delete(g.away, m.Address)
	}
	switch {
	case e.Kind == akka.MemberRemoved, m.Status == akka.Exiting, m.Status == akka.Down:
		g.goes(now, &m)
	case m.Status == akka.Leaving:
		g.becomes(now, &m, wire.Leave)
	case g.away[m.Address]:
		g.becomes(now, &m, wire.Faulty)
	default:
		g.becomes(now, &m, wire.Alive)
	}
	g.resolver.SetSettled(m.Address, m.Status == akka.Up)
	g.collect(now)
}

// becomes tells the resolver what a member is now.
func (g *guardPlayer) becomes(now time.Time, m *akka.Member, status wire.Status) {
	if m.Address == g.self && status == wire.Faulty {
		return
	}
	change := swim.MemberChange{}
	if before, known := g.members[m.Address]; known {
		change.Before = &before
	}
	after := g.toMember(m, status)
	change.After = &after
	g.members[m.Address] = after
	g.resolver.Observe(now, []swim.Event{swim.MembersChanged{Changes: []swim.MemberChange{change}}})
}

// goes tells the resolver that a member is gone, and not missed.
func (g *guardPlayer) goes(now time.Time, m *akka.Member) {
	before, known := g.members[m.Address]
	if !known || m.Address == g.self {
		return
	}
	g.resolver.WriteOff(now, m.Address)
	g.becomes(now, m, wire.Leave)
	delete(g.members, m.Address)
	g.resolver.Observe(now, []swim.Event{swim.MembersChanged{Changes: []swim.MemberChange{{Before: &before}}}})
}

func (g *guardPlayer) tick(now time.Time) {
	g.resolver.Tick(now)
	g.collect(now)
}

func (g *guardPlayer) waiting() (time.Time, bool) { return g.resolver.Waiting() }

func (g *guardPlayer) advance(now time.Time) { g.tick(now) }

// collect takes what the resolver wants, and answers for the lease.
func (g *guardPlayer) collect(now time.Time) {
	for {
		effects := g.resolver.Take()
		for _, e := range effects.Events {
			switch e := e.(type) {
			case resolve.Decided:
				own, other := e.Verdict.Own, e.Verdict.Other
				down := append([]wire.Address{}, e.WrittenOff...)
				g.out.add(made{TMS: ms(now), Decision: kept(e.Kept), Down: down, Own: &own, Other: &other, Reason: e.Verdict.Reason})
			case resolve.StateChanged:
				g.out.States = append(g.out.States, stateAt{ms(now), e.To.String()})
			}
		}
		if effects.Lease == nil {
			return
		}
		g.lease(now, effects.Lease)
	}
}

// lease is a store that holds all members before the split, and says to the side what the
// document says.
func (g *guardPlayer) lease(now time.Time, r *resolve.LeaseRequest) {
	switch {
	case r.To == nil && g.store.Epoch == 0:
		g.store = resolve.Record{Epoch: 1}
		for a, m := range g.members {
			if m.Status != wire.Leave {
				g.store.Members = append(g.store.Members, a)
			}
		}
		slices.SortFunc(g.store.Members, resolve.CompareAddresses)
		g.store.Holder = resolve.HolderOf(g.store.Members)
	case r.To != nil && !g.granted && g.resolver.State() == resolve.Uncertain:
		g.store = resolve.Record{Epoch: g.store.Epoch + 1}
		g.resolver.LeaseDone(now, r.ID, resolve.Record{}, resolve.ErrConflict)
		return
	case r.To != nil:
		g.store = *r.To
	}
	g.resolver.LeaseDone(now, r.ID, g.store, nil)
}

func (g *guardPlayer) answer(id jsontext.Value) any {
	return g.out.finish(id)
}
