package node

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/wire"
)

// ResolveStatus returns what the resolver thinks, as /admin/resolve shows it. It goes through
// all members.
func (n *Node) ResolveStatus() *wire.ResolveStatus {
	n.mu.Lock()
	defer n.mu.Unlock()
	r := n.core.Resolver()
	if r == nil {
		return &wire.ResolveStatus{State: wire.ResolverOff, Settings: wire.ResolveSettings{Strategy: resolve.Off.String()}}
	}
	now := time.Now()
	s := r.Status()
	status := &wire.ResolveStatus{
		State: s.State.String(), For: max(0, now.Sub(s.Since).Milliseconds()), Why: s.Why, Epoch: s.Epoch,
		Refuses: reasonName(n.gate.Load().err), Now: verdict(s.Now), Missed: s.Missed, WrittenOff: s.WrittenOff,
		Settings: n.resolving.settings(), Counts: n.resolving.counts(now, &n.refused),
	}
	if s.Last.Reason != "" {
		last := verdict(s.Last)
		status.Last = &last
	}
	if !s.Deadline.IsZero() {
		in := max(0, s.Deadline.Sub(now).Milliseconds())
		status.DecidesIn = &in
	}
	for _, m := range s.Members {
		member := wire.ResolveMember{Address: m.Address, Counts: m.Counts}
		if m.Born != resolve.Youngest {
			member.Born = &m.Born
		}
		status.Members = append(status.Members, member)
	}
	return status
}

func verdict(v resolve.Verdict) wire.ResolveVerdict {
	return wire.ResolveVerdict{Keep: v.Keep, Own: v.Own, Other: v.Other, Reason: v.Reason}
}

func (r *resolving) settings() wire.ResolveSettings {
	c := &r.cfg
	return wire.ResolveSettings{
		Strategy: c.Strategy.String(), Policy: c.Policy.String(), Role: c.Role, QuorumSize: c.QuorumSize,
		DownIfAlone: c.DownIfAlone, Referee: c.Referee, Minimum: c.Minimum,
		StableAfter: c.StableAfter.Milliseconds(), UnstableAfter: c.UnstableAfter.Milliseconds(),
		Settle: c.Settle.Milliseconds(), Handover: c.Handover.Milliseconds(),
	}
}

func (r *resolving) counts(now time.Time, refused *refused) wire.ResolveCounts {
	c := wire.ResolveCounts{
		Lost: r.decided[0], Kept: r.decided[1], Fenced: r.fenced.total(now).Milliseconds(),
		Refusals: make(map[string]uint64), LeaseErrors: r.failed,
	}
	for i, err := range refusalReasons {
		c.Refusals[reasonName(err)] = refused[i].Load()
	}
	return c
}

// reasonName returns the short name of a reason to refuse, "" for none.
func reasonName(err error) string {
	switch err {
	case nil:
		return ""
	case ErrNotOwner:
		return "not-owner"
	case ErrNoOwner:
		return "no-owner"
	case ErrClosed:
		return "closed"
	}
	name, _, _ := strings.Cut(err.Error(), ":") // as fenced, starting, stale, handover
	return name
}

func (n *Node) adminResolve(context.Context) (any, error) { return n.ResolveStatus(), nil }

func (n *Node) adminWriteOff(_ context.Context, body []byte) (any, error) {
	var request wire.ResolveWriteOff
	if err := wire.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	if request.Address == "" {
		return nil, fmt.Errorf("%w: no address", wire.ErrInvalid)
	}
	missed, err := n.WriteOff(string(request.Address))
	return wire.ResolveWrittenOff{Missed: missed}, err
}

func (n *Node) adminKeep(context.Context) (any, error) {
	return wire.StatusResponse{Status: "ok"}, n.Keep()
}
