package sim

import (
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// numStatuses is how many statuses a member can have.
const numStatuses = int(wire.Tombstone) + 1

// view is what is known of a node's member table from the events that it has
// told. It is the checker's own account: that it agrees with the table, and with
// the checksum, is one of the invariants.
type view struct {
	digest   uint64 // of all members except tombstones, whatever their order
	counts   [numStatuses]int32
	members  int
	suspects map[wire.Address]suspicion
	buried   map[wire.Address]burial // members that were evicted
	sendings map[wire.Address]sending
	revived  []revival // the last ones
}

// revival is when a member became known as pingable at an incarnation.
type revival struct {
	subject uint64 // the hash of its address
	at      time.Duration
}

// maxRevived is how many revivals are remembered: those of a visit, which takes a
// few seconds at most.
const maxRevived = 1024

// suspicion is since when a member is held suspect at an incarnation.
type suspicion struct {
	incarnation int64
	since       time.Time     // by the clock of the viewer
	stops       int           // of the viewer until then
	stood       time.Duration // the same
}

type burial struct {
	incarnation int64
	at          time.Duration
}

// sending is how often a node has told others of one state of a member.
type sending struct {
	incarnation int64
	status      wire.Status
	count       int
}

func newView(w *world, self *swim.Member) view {
	v := view{
		suspects: make(map[wire.Address]suspicion),
		buried:   make(map[wire.Address]burial),
		sendings: make(map[wire.Address]sending),
	}
	v.digest = memberHash(w.addressHash(self.Address), self)
	v.counts[self.Status]++
	v.members = 1
	return v
}

// memberHash is what a member adds to a digest; subject is the hash of its address.
// It stands on its own feet: it has nothing in common with Ringpop's checksum.
func memberHash(subject uint64, m *swim.Member) uint64 {
	if m.Status == wire.Tombstone {
		return 0
	}
	h := mix(mix(1, subject), uint64(m.Incarnation)<<3^uint64(m.Status))
	if len(m.Labels) == 0 {
		return h
	}
	for key, value := range m.Labels {
		h ^= mix(hashString(key), hashString(value))
	}
	return mix(h, uint64(len(m.Labels)))
}

// follow takes a change of a member into account; subject is the hash of its address.
func (v *view) follow(w *world, m *machine, c *swim.MemberChange, subject uint64) {
	if b := c.Before; b != nil {
		v.digest -= memberHash(subject, b)
		v.counts[b.Status]--
		v.members--
	}
	a := c.After
	if a == nil {
		v.buried[c.Before.Address] = burial{c.Before.Incarnation, w.now}
		delete(v.suspects, c.Before.Address)
		delete(v.sendings, c.Before.Address)
		return
	}
	if a.Status.Pingable() && w.now > 0 {
		if len(v.revived) == maxRevived {
			v.revived = append(v.revived[:0], v.revived[maxRevived/2:]...)
		}
		v.revived = append(v.revived, revival{subject, w.now})
	}
	v.digest += memberHash(subject, a)
	v.counts[a.Status]++
	v.members++
	if len(v.sendings) > 0 {
		delete(v.sendings, a.Address)
	}
	if w.script.large() {
		return
	}
	if a.Status == wire.Suspect {
		if old, ok := v.suspects[a.Address]; !ok || old.incarnation != a.Incarnation {
			v.suspects[a.Address] = suspicion{a.Incarnation, m.clock.at(w.now), m.stops, m.stood}
		}
	} else if len(v.suspects) > 0 {
		delete(v.suspects, a.Address)
	}
}

// revivedSince reports whether a member became pingable, or was reborn, at or
// after a time not long ago.
func (v *view) revivedSince(subject uint64, t time.Duration) bool {
	for i := len(v.revived) - 1; i >= 0 && v.revived[i].at >= t; i-- {
		if v.revived[i].subject == subject {
			return true
		}
	}
	return false
}

// matches reports whether the account agrees with the member table itself.
func (v *view) matches(w *world, n *swim.Node) bool {
	digest, members := uint64(0), 0
	var counts [numStatuses]int32
	n.Each(func(m *swim.Member) bool {
		digest += memberHash(w.addressHash(m.Address), m)
		counts[m.Status]++
		members++
		return true
	})
	return digest == v.digest && members == v.members && counts == v.counts
}
