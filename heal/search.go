package heal

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// search is one pass over the targets, one after the other.
type search struct {
	targets  []wire.Address // still to try
	failures int            // left
	strays   int            // left: hosts that turn out to be members by another address
	reached  []wire.Address
	asked    []swim.RequestID // to be answered at the end
	patience time.Duration    // for each target
}

// newSearch returns a search of the healer's own account, which ends with the first
// target that does not answer. It waits for that one nearly until the next attempt is
// due. For while the packet that opens a connection is dropped on its way, the
// kernel sends it again, Linux after 1, 3 and 7 seconds, a newer one each second at
// first; and so one dial finds out several times whether the network is back.
func (h *Healer) newSearch(targets []wire.Address) *search {
	return &search{targets: targets, failures: 1, strays: 1, patience: max(h.cfg.JoinTimeout, h.urgency.interval(h.now)*4/5)}
}

// busy reports whether a search is under way that is not to be given up for a better
// reason to look.
func (h *Healer) busy() bool {
	return h.waiting || h.search != nil && h.search.patience <= h.cfg.JoinTimeout
}

// giveUpOwn gives up a search of the healer's own account, which waits for a single target;
// that is heard out all the same.
func (h *Healer) giveUpOwn() {
	if h.search != nil && len(h.search.asked) == 0 && !h.cfg.Ringpop {
		h.search = nil
	}
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
	h.attempt(target, s.patience, nil, func(reached bool, side map[wire.Address]bool) {
		if h.search != s {
			return // given up
		}
		switch {
		case !reached:
			s.failures--
		case side != nil:
			s.reached = append(s.reached, h.node.KnownAs(target))
		default:
			h.strayed(s)
		}
		// The rest of a side that was reached needs no visits of its own.
		s.targets = slices.DeleteFunc(s.targets, func(t wire.Address) bool { return side[h.node.KnownAs(t)] })
		h.step()
	})
}

// strayed counts a host that turned out to be a member by another address. Discovery may
// list many of them, and each costs a membership: when there were enough for one search,
// only members are left to try.
func (h *Healer) strayed(s *search) {
	if s.strays--; s.strays > 0 {
		return
	}
	s.targets = slices.DeleteFunc(s.targets, func(t wire.Address) bool { return !h.isMember(t) })
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

// targets returns who could be on another side, in random order: first the hosts that
// never were members, which discovery may list to this node alone, then members that all of
// this side hold faulty, or have forgotten.
func (h *Healer) targets(hosts []wire.Address) []wire.Address {
	listed := make(map[wire.Address]bool, len(hosts))
	for _, host := range h.node.AllKnownAs(hosts) {
		listed[host] = true
	}
	var strangers, members []wire.Address
	for _, host := range hosts {
		switch {
		case host == h.node.Address() || !h.mayLeadElsewhere(host):
		case h.urgency.misses(host):
			members = append(members, host)
		default:
			strangers = append(strangers, host)
		}
	}
	h.node.Each(func(m *swim.Member) bool {
		if h.mayBeElsewhere(m, listed) {
			members = append(members, m.Address)
		}
		return true
	})
	if h.cfg.Ringpop {
		return h.shuffled(append(strangers, members...))
	}
	return append(h.shuffled(strangers), h.shuffled(members)...)
}

// shuffled returns addresses in random order, each once.
func (h *Healer) shuffled(list []wire.Address) []wire.Address {
	slices.Sort(list)
	list = slices.Compact(list)
	h.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// mayLeadElsewhere reports whether a node of another side may answer at the address of a
// host that discovery lists: if it is no known member's. The address of a member that
// is known by another one may have been given to another node when that member is gone.
// One that led to this node itself may lead to another that shares it, but that matters
// only while no others are known.
func (h *Healer) mayLeadElsewhere(host wire.Address) bool {
	known := h.node.KnownAs(host)
	if known == h.node.Address() {
		return h.node.Len() == 1
	}
	m, member := h.node.Member(known)
	return !member || known != host && m.Status.Dead()
}

func pingable(membership []wire.Change) map[wire.Address]bool {
	side := make(map[wire.Address]bool)
	for i := range membership {
		if membership[i].Status.Pingable() {
			side[membership[i].Address] = true
		}
	}
	return side
}
