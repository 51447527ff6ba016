package check

import (
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/internal/hash"
	"github.com/ringmend/ringmend/sim/world"
)

// numStatuses is how many statuses a member can have.
const numStatuses = int(wire.Tombstone) + 1

// account is what is known of a node's member table from the events that it has
// told. It is the checker's own account: that it agrees with the table, and with
// the checksum, is one of the invariants.
type account struct {
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

func newAccount(w *world.World, self *swim.Member) account {
	a := account{
		suspects: make(map[wire.Address]suspicion),
		buried:   make(map[wire.Address]burial),
		sendings: make(map[wire.Address]sending),
	}
	a.digest = memberHash(w.HashOf(self.Address), self)
	a.counts[self.Status]++
	a.members = 1
	return a
}

// memberHash is what a member adds to a digest; subject is the hash of its address.
// It has nothing in common with Ringpop's checksum, which is checked with it.
func memberHash(subject uint64, m *swim.Member) uint64 {
	if m.Status == wire.Tombstone {
		return 0
	}
	h := hash.Mix(hash.Mix(1, subject), uint64(m.Incarnation)<<3^uint64(m.Status))
	if len(m.Labels) == 0 {
		return h
	}
	for key, value := range m.Labels {
		h ^= hash.Mix(hash.String(key), hash.String(value))
	}
	return hash.Mix(h, uint64(len(m.Labels)))
}

// follow takes a change of a member into account; subject is the hash of its address.
func (a *account) follow(w *world.World, n *world.Node, c *swim.MemberChange, subject uint64) {
	if b := c.Before; b != nil {
		a.digest -= memberHash(subject, b)
		a.counts[b.Status]--
		a.members--
	}
	after := c.After
	if after == nil {
		a.buried[c.Before.Address] = burial{c.Before.Incarnation, w.Now}
		delete(a.suspects, c.Before.Address)
		delete(a.sendings, c.Before.Address)
		return
	}
	if after.Status.Pingable() && w.Now > 0 {
		if len(a.revived) == maxRevived {
			a.revived = append(a.revived[:0], a.revived[maxRevived/2:]...)
		}
		a.revived = append(a.revived, revival{subject, w.Now})
	}
	a.digest += memberHash(subject, after)
	a.counts[after.Status]++
	a.members++
	if len(a.sendings) > 0 {
		delete(a.sendings, after.Address)
	}
	if len(w.Nodes) > suspectsUpTo {
		return
	}
	if after.Status == wire.Suspect {
		if old, ok := a.suspects[after.Address]; !ok || old.incarnation != after.Incarnation {
			a.suspects[after.Address] = suspicion{after.Incarnation, n.LocalTime(w.Now), n.Stops, n.Stood}
		}
	} else if len(a.suspects) > 0 {
		delete(a.suspects, after.Address)
	}
}

// suspectsUpTo is the size of clusters up to which it is kept since when each member is
// suspect, for suspect-bounded: n nodes have n of them.
const suspectsUpTo = 2000

// revivedSince reports whether a member became pingable, or was reborn, at or
// after a time not long ago.
func (a *account) revivedSince(subject uint64, t time.Duration) bool {
	for i := len(a.revived) - 1; i >= 0 && a.revived[i].at >= t; i-- {
		if a.revived[i].subject == subject {
			return true
		}
	}
	return false
}

// matches reports whether the account agrees with the member table itself.
func (a *account) matches(w *world.World, n *swim.Node) bool {
	digest, members := uint64(0), 0
	var counts [numStatuses]int32
	n.Each(func(m *swim.Member) bool {
		digest += memberHash(w.HashOf(m.Address), m)
		counts[m.Status]++
		members++
		return true
	})
	return digest == a.digest && members == a.members && counts == a.counts
}
