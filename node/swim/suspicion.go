package swim

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// A suspect has long to refute while one node accuses it, and less with each further,
// independent accuser (section IV-B of Lifeguard): one accuser may be slow itself,
// several hardly at the same time. The accuser is the source of a change, so this needs
// no message of its own: a change that repeats a suspicion under another source is
// disseminated once more. Ringpop's nodes pass it over.
//
// The first accusers are the prober and its helpers. A helper that could not reach the
// target accuses it only once another node has: a single ping by itself is no verdict.

// suspicions holds the accusers of the present suspects.
type suspicions struct {
	list     map[table.MemberID]*suspicion
	count    int // how many accusers counted when one was last added
	failures []helperFailure
}

// suspicion holds the accusers of a member, at its present incarnation.
type suspicion struct {
	since    time.Time        // when it was first heard of
	accusers []table.MemberID // different ones, at most Detection.Accusers
}

const (
	// maxAccusers bounds [Detection.Accusers].
	maxAccusers = 8
	// maxSuspicions bounds of how many suspects the accusers are kept. When more fail
	// together it is a partition, and further accusers prove nothing: all see the same cut.
	maxSuspicions = 256
)

// suspectPeriod returns how long a suspect has with some accusers, of those that count:
// from longest, with one, to shortest, with all (the formula of section IV-B).
func suspectPeriod(longest, shortest time.Duration, accusers, count int) time.Duration {
	if accusers < 2 || count < 2 || shortest >= longest {
		return longest
	}
	share := math.Log(float64(min(accusers, count))) / math.Log(float64(count))
	return longest - time.Duration(share*float64(longest-shortest))
}

// add adds an accuser, of at most so many. It reports whether it is a new one.
func (s *suspicions) add(m, by table.MemberID, most int, now time.Time) bool {
	of := s.list[m]
	if of == nil {
		if len(s.list) >= maxSuspicions {
			return false
		}
		if s.list == nil {
			s.list = make(map[table.MemberID]*suspicion)
		}
		of = &suspicion{since: now}
		s.list[m] = of
	}
	if len(of.accusers) >= most || slices.Contains(of.accusers, by) {
		return false
	}
	of.accusers = append(of.accusers, by)
	return true
}

// sorted returns the suspects, by number.
func (s *suspicions) sorted() []table.MemberID { return slices.Sorted(maps.Keys(s.list)) }

// isBy reports whether a node is among the accusers of a suspect.
func (s *suspicions) isBy(m, by table.MemberID) bool {
	of := s.list[m]
	return of != nil && slices.Contains(of.accusers, by)
}

// end drops a suspicion, when its member is no suspect any more at that incarnation.
func (s *suspicions) end(m table.MemberID) { delete(s.list, m) }

// endAll drops all suspicions: their accusers do not count.
func (s *suspicions) endAll() { clear(s.list) }

// helperFailure records that a target did not answer this node when it was asked as a helper.
type helperFailure struct {
	target      wire.Address
	incarnation int64
	at          time.Time
}

// helperFailureKept is how long a helper's failure says something about the target:
// until the prober has concluded, and its accusation has come.
const helperFailureKept = 2 * time.Second

func (s *suspicions) helperFailed(f helperFailure) {
	s.failures = slices.DeleteFunc(s.failures, func(old helperFailure) bool {
		return old.target == f.target || f.at.Sub(old.at) > helperFailureKept
	})
	if len(s.failures) < maxSuspicions {
		s.failures = append(s.failures, f)
	}
}

// hasFailed reports whether a target did not answer this node as a helper just now.
func (s *suspicions) hasFailed(target wire.Address, incarnation int64, now time.Time) bool {
	return slices.ContainsFunc(s.failures, func(f helperFailure) bool {
		return f.target == target && f.incarnation == incarnation && now.Sub(f.at) <= helperFailureKept
	})
}

// accusedBy adds the source of a change to the accusers of a suspect, and shortens its
// time. It reports whether to disseminate that accuser.
func (n *Node) accusedBy(m table.MemberID, origin table.OriginID) bool {
	by, named := n.table.Source(origin)
	return named && n.accusedByMember(m, by)
}

// accusedByMember is accusedBy for an accuser who is known.
func (n *Node) accusedByMember(m, by table.MemberID) bool {
	if !n.cfg.Detection.Adaptive || by == m {
		return false
	}
	if !n.suspicions.add(m, by, n.cfg.Detection.Accusers, n.now) {
		return false
	}
	count := n.accusersThatCount()
	if before := n.suspicions.count; count < before {
		for _, suspect := range n.suspicions.sorted() {
			n.hasten(suspect, count)
		}
	} else {
		n.hasten(m, count)
	}
	n.suspicions.count = count
	return true
}

// accusersThatCount returns how many accusers leave a suspect the shortest time: no more
// than there are nodes that could accuse, this one and those that are no suspects. When most
// members are gone that is fewer than the setting says.
func (n *Node) accusersThatCount() int {
	return max(1, min(n.cfg.Detection.Accusers, 1+n.Others()-len(n.suspicions.list)))
}

// hasten gives a suspect as much time as its accusers leave it.
func (n *Node) hasten(m table.MemberID, count int) {
	s := n.suspicions.list[m]
	shortest := n.health.scale(n.cfg.Detection.MinSuspectPeriod)
	if period := suspectPeriod(n.cfg.SuspectPeriod, shortest, len(s.accusers), count); period < n.cfg.SuspectPeriod {
		n.timers.Hasten(m, s.since.Add(period))
	}
}

// corroborate adds an accuser to a suspicion that is known, and spreads the word of it.
func (n *Node) corroborate(m table.MemberID, origin table.OriginID) {
	if !n.accusedBy(m, origin) || n.gossip.storm() || n.contacts.isolated {
		return
	}
	n.gossip.record(m, origin)
	n.gossip.pending.MarkHeard(m)
	n.spreadSoon()
}

// suspectOrFaulty is to be called when a change has made a member suspect or faulty.
func (n *Node) suspectOrFaulty(c *table.Change, hearsay bool) {
	n.spreadSoon()
	if c.Status != wire.Suspect || hearsay {
		return
	}
	n.accusedBy(c.Member, c.Origin)
	if n.suspicions.hasFailed(n.table.Address(c.Member), c.Incarnation, n.now) {
		n.corroborate(c.Member, n.inMyName())
	}
}

// suspect is the verdict of this node's own probe: it declares a member suspect, or
// joins its present accusers.
func (n *Node) suspect(m table.MemberID, incarnation int64) {
	if n.table.Status(m) == wire.Suspect && n.table.Incarnation(m) == incarnation {
		n.corroborate(m, n.inMyName())
		n.periodSooner()
		return
	}
	n.declare(m, incarnation, wire.Suspect)
	n.askToRefute(m)
}

// askToRefute pings a member that this node has just accused once more, with the accusation.
// When only messages were lost, the answer refutes it before others give it up: through a large
// cluster the word of it may take as long as it has with several accusers. Where many members
// fail, all that would cost more pings than it saves verdicts.
func (n *Node) askToRefute(m table.MemberID) {
	if !n.cfg.Detection.Adaptive || n.table.Status(m) != wire.Suspect || n.failing.most() || n.gossip.storm() {
		return
	}
	n.pingSuspect(m, n.pingTimeout(), func(error) {
		// The suspicion goes on, unless the answer has refuted it.
	})
}

// pingSuspect pings a suspect, which may take so long, and tells it that it is one.
func (n *Node) pingSuspect(m table.MemberID, timeout time.Duration, done func(error)) {
	b, receipt := n.gossip.forLivenessPing()
	n.tellSuspect(&b, m)
	n.pingWithin(timeout, Relay, n.load(&b, receipt, 1), n.table.Address(m), done)
}

// helpersAccuse counts the helpers of a probe that could not reach its target as accusers of
// it, before the word of theirs comes: in a storm it never does.
func (n *Node) helpersAccuse(m table.MemberID, p *probe) {
	if n.table.Status(m) != wire.Suspect || n.table.Incarnation(m) != p.incarnation {
		return
	}
	for _, helper := range p.deniers {
		if by, known := n.table.Find(helper); known {
			n.accusedByMember(m, by)
		}
	}
}

// helperFailed is to be called when this node, as a helper, could not reach a target.
func (n *Node) helperFailed(target wire.Address) {
	m, known := n.table.Find(target)
	if !known || !n.cfg.Detection.Adaptive || n.health.score > 0 || n.contacts.isolated {
		return
	}
	n.suspicions.helperFailed(helperFailure{target, n.table.Incarnation(m), n.now})
	if n.table.Status(m) == wire.Suspect {
		n.corroborate(m, n.inMyName())
		n.periodSooner()
	}
}

// tellSuspect adds to a ping what is believed of its target when that is suspect: it
// must know that to refute (the buddy system, section IV-C of Lifeguard).
func (n *Node) tellSuspect(b *table.ChangeSet, target table.MemberID) {
	if n.cfg.Detection.Adaptive && n.table.Status(target) == wire.Suspect && !b.Tells(target) {
		n.table.Tell(b, target, n.inMyName())
	}
}
