package heal

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Healer looks for nodes that ours does not reach: members held faulty, and
// hosts that discovery lists and the membership lacks. With one that answers it
// merges, or, when that would kill a member, makes the members concerned
// reincarnate first and comes back.
type Healer struct {
	cfg  Config
	node *swim.Node
	rng  *rand.Rand
	out  *swim.Effects

	now       time.Time
	urgency   urgency
	pace      time.Duration  // between attempts of this side, as last told
	next      time.Time      // when it is looked whose turn it is
	waiting   bool           // for hosts
	hosts     []wire.Address // of discovery, as last heard of
	search    *search        // under way
	asked     []swim.RequestID
	followUps []followUp

	backoffs backoffs
	own      ownHosts
}

// New returns a healer for a node. The configuration must be valid.
func New(cfg Config, node *swim.Node, now time.Time, rng *rand.Rand, out *swim.Effects) *Healer {
	h := &Healer{cfg: cfg, node: node, rng: rng, out: out, now: now, next: now, pace: cfg.SlowInterval}
	h.urgency = urgency{cfg: &h.cfg, self: node.Address()}
	if cfg.Ringpop {
		h.next = now.Add(cfg.RingpopPeriod)
	}
	return h
}

// Observe tells the healer what has happened. It is to be called with every
// event, before the next Advance.
func (h *Healer) Observe(events []swim.Event) {
	if !h.node.Ready() {
		return
	}
	for _, e := range events {
		switch e := e.(type) {
		case swim.MembersChanged:
			if h.urgency.observe(h.now, e.Changes, h.node.Len()) {
				h.emit(PartitionSuspected{Faulty: h.urgency.burst, Reachable: h.node.Pingable()})
				if !h.cfg.Ringpop {
					h.next = h.now // the slots are shorter from now on
				}
			}
		case swim.DeadMemberHeard:
			h.found(e.Member)
		case swim.IsolationEnded:
			h.isolationEnded(e.From)
		}
	}
}

// found visits a member that is held faulty and has sent something. Many nodes may
// have such a proof at the same time, as when a cut connection delivers what it
// has held back, and one visit is enough for all of them: so one node in as many
// as there are goes at once. The others look sooner than they would have.
func (h *Healer) found(member wire.Address) {
	if h.cfg.Ringpop || h.cfg.Disabled {
		return
	}
	h.urgency.rearm(h.now)
	if h.rng.IntN(max(1, h.node.Pingable())) > 0 || !h.isDue(member) || h.reincarnating() {
		return
	}
	h.visit(member)
}

// visit visits a node that was heard from, unless something better is under way.
func (h *Healer) visit(node wire.Address) {
	if h.busy() || h.hasFollowUp(node) {
		return
	}
	h.search = h.newSearch([]wire.Address{node})
	h.step()
}

// isolationEnded visits the node that was heard from first after a time in which no other
// was. To this node many of the others are faulty, and they have no reason to look for it
// any more: they have given up one member, and that has just spoken.
func (h *Healer) isolationEnded(from wire.Address) {
	if h.cfg.Ringpop || h.cfg.Disabled || h.urgency.suspected.IsZero() {
		return
	}
	h.visit(from)
}

// Advance does what is due at the given time.
func (h *Healer) Advance(now time.Time) {
	h.now = now
	if !h.node.Ready() {
		return
	}
	h.visitFollowUps()
	if h.own.due(h) && !h.busy() && !h.cfg.Disabled {
		h.askHosts()
		return
	}
	if now.Before(h.next) {
		return
	}
	h.own.only = false
	h.checkWhole()
	// Whose turn it is does not depend on what is under way.
	if !h.due() || !h.node.Gossiping() || h.cfg.Disabled {
		return
	}
	h.giveUpOwn()
	if !h.busy() {
		h.askHosts()
	}
}

// due reports whether to look for another side now, and sets when that is asked
// again.
func (h *Healer) due() bool {
	if h.cfg.Ringpop {
		h.next = h.now.Add(h.cfg.RingpopPeriod)
		return h.rng.Float64() < h.cfg.RingpopProbability/float64(max(1, h.node.Pingable(), len(h.hosts)))
	}
	interval := h.urgency.interval(h.now)
	if interval != h.pace && !h.cfg.Disabled {
		h.pace = interval
		h.emit(PaceChanged{Interval: interval})
	}
	ours, next := h.slot(interval)
	h.next = next
	return ours && !h.reincarnating()
}

// reincarnating reports whether members of this side have just been reborn while a
// partition is suspected. That is the first half of a heal, and the node that has begun it
// comes back for the second; another heal would only delay it.
func (h *Healer) reincarnating() bool {
	return !h.urgency.suspected.IsZero() && h.now.Sub(h.urgency.reborn) < h.spread()
}

// checkWhole ends a suspicion when no member is missing.
func (h *Healer) checkWhole() {
	h.urgency.tidy(h.node.Len(), h.node.Member)
	if !h.urgency.suspected.IsZero() && h.urgency.noneMissing(h.node.Member, h.hosts) {
		h.emit(PartitionHealed{After: h.now.Sub(h.urgency.since), Members: h.node.Len(), Checksum: h.node.Checksum()})
		h.urgency.clear()
	}
}

// Deadline returns when Advance is due; ok is false when it never is.
func (h *Healer) Deadline() (at time.Time, ok bool) {
	if !h.node.Ready() {
		return time.Time{}, false
	}
	at = h.next
	if own := h.own.next; !own.IsZero() && own.Before(at) {
		at = own
	}
	for i := range h.followUps {
		// Between earliest and latest, rebirths are looked for now and then.
		look := h.followUps[i].earliest
		if !look.After(h.now) {
			look = h.now.Add(h.node.Period() / 2)
		}
		if look.Before(at) {
			at = look
		}
	}
	return at, true
}

// Heal makes an attempt now. The answer, which names the nodes that were
// reached, comes when it is over.
func (h *Healer) Heal(id swim.RequestID) {
	if !h.node.Ready() {
		h.out.Answers = append(h.out.Answers, swim.Answer{To: id, Err: swim.ErrNotReady})
		return
	}
	h.asked = append(h.asked, id)
	if !h.busy() {
		h.search = nil
		h.askHosts()
	}
}

// Waiting reports whether the healer waits for hosts.
func (h *Healer) Waiting() bool { return h.waiting }

func (h *Healer) askHosts() {
	h.waiting = true
	h.out.NeedHosts = true
}

// Hosts hands in what discovery lists. Without an answer from discovery, the
// members that are held faulty are tried all the same.
func (h *Healer) Hosts(hosts []wire.Address) {
	if !h.waiting {
		return
	}
	h.waiting = false
	h.hosts = h.node.AllKnownAs(hosts)
	targets := h.targets(hosts)
	if len(h.asked) == 0 {
		targets = h.dueTargets(targets)
	}
	s := h.newSearch(targets)
	s.asked, h.asked = h.asked, nil
	if len(s.asked) > 0 || h.cfg.Ringpop {
		s.failures, s.strays, s.patience = h.cfg.MaxFailures, h.cfg.MaxFailures, h.cfg.JoinTimeout
	}
	h.search = s
	h.step()
}

// attempt attempts a heal with one target: fetch its membership, compare, and
// reincarnate or merge. done hears whether it answered, and whom it can ping, but nil
// if it is on this side. last is why it is visited again, or nil.
func (h *Healer) attempt(target wire.Address, patience time.Duration, last *followUp, done func(reached bool, side map[wire.Address]bool)) {
	began := h.now
	if last != nil {
		began = last.began
	}
	asked := h.now
	h.emit(Attempt{Target: target, Again: last != nil})
	h.node.Join(target, patience, func(response *wire.JoinResponse, err error) {
		if err != nil {
			h.unanswered(target, asked, err)
			h.emit(Failed{Target: target, Err: err})
			done(false, nil)
			return
		}
		known := response.Coordinator // the target, or a host that is listed by it
		if m, member := h.node.Member(known); known != target && member && !m.Status.Dead() {
			h.emit(Recognized{Host: target, Member: known})
			done(true, nil)
			return
		}
		theirs := response.Membership.All()
		if h.hasLeft(target) && response.Checksum == h.node.Checksum() {
			h.backoffs.fail(target, h.now)
			done(true, pingable(theirs))
			return
		}
		plan := Compare(h.node.Member, theirs)
		if last == nil {
			plan = h.withUntold(plan, theirs)
		}
		found := Reached{
			Target: known,
			Ours:   h.node.Len(), Theirs: len(theirs),
			Local: h.node.Checksum(), Remote: response.Checksum,
			Plan:     plan,
			Failures: h.backoffs[known].failures,
		}
		h.emit(found)
		finished := func(error) { done(true, pingable(theirs)) }
		if plan.CanMerge() {
			h.merge(&found, theirs, began, finished)
			return
		}
		h.reincarnate(known, plan, finished)
		h.planFollowUp(known, plan, began, last)
	})
}

// reincarnate makes members of both sides raise their incarnations, by making
// each suspect on the side where it lives.
func (h *Healer) reincarnate(target wire.Address, plan Plan, done func(error)) {
	h.node.Update(append(suspects(plan.Ours), plan.TellOurs...))
	sent := func(err error) {
		h.emit(Reincarnating{Target: target, Ours: len(plan.Ours), Theirs: len(plan.Theirs), Err: err, Failures: h.unheeded(target, err)})
		done(err)
	}
	if len(plan.Theirs) == 0 {
		sent(nil)
		return
	}
	h.node.SendChanges(swim.HealReincarnate, target, wire.Changes(append(suspects(plan.Theirs), plan.TellTheirs...)...), h.cfg.PingTimeout, sent)
}

// merge applies their membership to ours, and sends them ours. Piggybacking
// spreads both.
func (h *Healer) merge(found *Reached, theirs []wire.Change, began time.Time, done func(error)) {
	learned := h.node.Update(theirs)
	h.node.SendChanges(swim.HealMerge, found.Target, h.forMerge(theirs), h.cfg.PingTimeout, func(err error) {
		if err == nil {
			delete(h.backoffs, found.Target)
		}
		h.emit(Merged{
			Target: found.Target,
			Ours:   found.Ours, Theirs: found.Theirs,
			Local: found.Local, Remote: found.Remote,
			Learned: learned, Members: h.node.Len(), Checksum: h.node.Checksum(),
			Took: h.now.Sub(began), Err: err, Failures: h.unheeded(found.Target, err),
		})
		done(err)
	})
}

// forMerge returns our membership without the unpingable members that the other
// side does not know. It may learn that one of them lives while our message
// travels, which would kill it; and it misses nothing.
func (h *Healer) forMerge(theirs []wire.Change) wire.ChangeList {
	membership := h.node.Membership()
	ours := membership.All()
	known := make(map[wire.Address]bool, len(theirs))
	for i := range theirs {
		known[theirs[i].Address] = true
	}
	kept := slices.DeleteFunc(slices.Clone(ours), func(c wire.Change) bool { return !c.Status.Pingable() && !known[c.Address] })
	if len(kept) < len(ours) {
		return wire.Changes(kept...)
	}
	return membership
}

func (h *Healer) emit(e swim.Event) { h.out.Events = append(h.out.Events, e) }
