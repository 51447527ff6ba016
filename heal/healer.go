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
// merges, or, when that would kill somebody, makes the members concerned
// reincarnate first and comes back.
type Healer struct {
	cfg  Config
	node *swim.Node
	rng  *rand.Rand
	out  *swim.Effects

	now      time.Time
	next     time.Time // of the rounds
	waiting  bool      // for hosts
	search   *search   // under way
	asked    []swim.RequestID
	followUp []followUp
}

// search is one pass over the targets, one after the other.
type search struct {
	targets  []wire.Address // still to try
	failures int            // left
	reached  []wire.Address
	asked    []swim.RequestID // to be answered at the end
}

// followUp is a target to be visited again.
type followUp struct {
	at     time.Time
	target wire.Address
	delay  time.Duration
	left   int
}

// New returns a healer for a node. The configuration must be valid.
func New(cfg Config, node *swim.Node, now time.Time, rng *rand.Rand, out *swim.Effects) *Healer {
	h := &Healer{cfg: cfg, node: node, rng: rng, out: out, now: now}
	// Not in step with nodes that were started at the same time.
	h.next = now.Add(time.Duration(rng.Int64N(int64(cfg.Period))))
	return h
}

// Advance does what is due at the given time.
func (h *Healer) Advance(now time.Time) {
	h.now = now
	if !h.node.Ready() {
		return
	}
	for i := 0; i < len(h.followUp); i++ {
		if f := h.followUp[i]; !now.Before(f.at) {
			h.followUp = slices.Delete(h.followUp, i, i+1)
			i--
			h.visit(f.target, f.left, 2*f.delay, func(bool, map[wire.Address]bool) {})
		}
	}
	if now.Before(h.next) {
		return
	}
	h.next = now.Add(h.cfg.Period)
	// The draw comes first, so that it does not depend on what is under way.
	lucky := h.rng.Float64() < h.cfg.BaseProbability/float64(max(1, h.node.Pingable()))
	if lucky && h.node.Gossiping() && h.search == nil {
		h.askHosts()
	}
}

// Deadline returns when Advance is due; ok is false when it never is.
func (h *Healer) Deadline() (at time.Time, ok bool) {
	if !h.node.Ready() {
		return time.Time{}, false
	}
	at = h.next
	for _, f := range h.followUp {
		if f.at.Before(at) {
			at = f.at
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
	if h.search == nil {
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
	s := &search{targets: h.targets(hosts), failures: 1, asked: h.asked}
	if len(s.asked) > 0 {
		s.failures = h.cfg.MaxFailures
	}
	h.asked = nil
	h.search = s
	h.step()
}

// targets returns who could be on another side, in random order.
func (h *Healer) targets(hosts []wire.Address) []wire.Address {
	var targets []wire.Address
	h.node.Each(func(m *swim.Member) bool {
		if m.Status == wire.Faulty || m.Status == wire.Tombstone {
			targets = append(targets, m.Address)
		}
		return true
	})
	for _, host := range hosts {
		if _, known := h.node.Member(host); !known {
			targets = append(targets, host)
		}
	}
	slices.Sort(targets)
	targets = slices.Compact(targets)
	targets = slices.DeleteFunc(targets, func(t wire.Address) bool { return t == h.node.Address() })
	h.rng.Shuffle(len(targets), func(i, j int) { targets[i], targets[j] = targets[j], targets[i] })
	return targets
}

// step tries the next target of the search, or ends it.
func (h *Healer) step() {
	s := h.search
	if len(s.targets) == 0 || s.failures == 0 {
		h.finish()
		return
	}
	target := s.targets[0]
	s.targets = s.targets[1:]
	h.visit(target, h.cfg.FollowUps, h.cfg.FollowUpDelay, func(reached bool, side map[wire.Address]bool) {
		if reached {
			s.reached = append(s.reached, target)
		} else {
			s.failures--
		}
		// The rest of a side that was reached needs no visits of its own.
		s.targets = slices.DeleteFunc(s.targets, func(t wire.Address) bool { return side[t] })
		h.step()
	})
}

func (h *Healer) finish() {
	s := h.search
	h.search = nil
	for _, id := range s.asked {
		h.out.Answers = append(h.out.Answers, swim.Answer{To: id, Response: &wire.HealResponse{Targets: s.reached}})
	}
	if len(h.asked) > 0 {
		h.askHosts() // asked for while this one ran
	}
}

// visit attempts a heal with one target: fetch its membership, compare, and
// reincarnate or merge. done hears whether it answered, and whom it can ping.
func (h *Healer) visit(target wire.Address, followUps int, delay time.Duration, done func(reached bool, side map[wire.Address]bool)) {
	h.node.Join(target, h.cfg.JoinTimeout, func(response *wire.JoinResponse, err error) {
		if err != nil {
			h.emit(Failed{Target: target, Err: err})
			done(false, nil)
			return
		}
		plan := Compare(h.node.Member, response.Membership)
		h.emit(Reached{
			Target: target,
			Ours:   h.node.Len(), Theirs: len(response.Membership),
			Local: h.node.Checksum(), Remote: response.Checksum,
			Plan: plan,
		})
		finished := func(error) { done(true, pingable(response.Membership)) }
		if plan.CanMerge() {
			h.merge(target, response.Membership, finished)
			return
		}
		h.reincarnate(target, plan, finished)
		if followUps > 0 {
			h.followUp = append(h.followUp, followUp{at: h.now.Add(delay), target: target, delay: delay, left: followUps - 1})
		}
	})
}

// reincarnate makes members of both sides raise their incarnations, by making
// each suspect on the side where it lives.
func (h *Healer) reincarnate(target wire.Address, plan Plan, done func(error)) {
	h.node.Update(suspects(plan.Ours))
	if len(plan.Theirs) == 0 {
		done(nil)
		return
	}
	h.node.SendChanges(target, suspects(plan.Theirs), 0, h.cfg.PingTimeout, done)
}

// merge applies their membership to ours, and sends them ours. Piggybacking
// spreads both.
func (h *Healer) merge(target wire.Address, theirs []wire.Change, done func(error)) {
	learned := h.node.Update(theirs)
	ours, version := h.node.Membership()
	h.node.SendChanges(target, ours, version, h.cfg.PingTimeout, func(err error) {
		h.emit(Merged{Target: target, Learned: learned, Checksum: h.node.Checksum(), Err: err})
		done(err)
	})
}

func (h *Healer) emit(e swim.Event) { h.out.Events = append(h.out.Events, e) }

func pingable(membership []wire.Change) map[wire.Address]bool {
	side := make(map[wire.Address]bool)
	for i := range membership {
		if membership[i].Status.Pingable() {
			side[membership[i].Address] = true
		}
	}
	return side
}
