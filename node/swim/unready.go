package swim

import (
	"errors"
	"maps"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// unready are members that refuse pings because they have not joined, and when each did
// so first. Such a member is up: it has just started, on the address of a member, and
// is about to join. It is not suspected for that, but for readyWithin at most: a process
// that never joins must not keep its place in the ring.
//
// (Ringpop's nodes take the refusal for a failure.)
type unready map[wire.Address]time.Time

// readyWithin is how long a bootstrap may take: many attempts at hosts that start at the
// same time.
const readyWithin = 30 * time.Second

// excuses reports whether the error of a ping says nothing against its target.
func (u *unready) excuses(target wire.Address, err error, now time.Time) bool {
	if !errors.Is(err, ErrNotReady) {
		u.forget(target)
		return false
	}
	first, ok := (*u)[target]
	if !ok {
		first = now
		if *u == nil {
			*u = make(unready)
		}
		(*u)[target] = first
		// A member that is gone is not pinged again: what is old is of no use.
		maps.DeleteFunc(*u, func(_ wire.Address, first time.Time) bool { return now.Sub(first) > unreadyKept })
	}
	return now.Sub(first) < readyWithin
}

// unreadyKept is how long it is remembered that a member was not ready: longer than it
// stays a member that is pinged if it never is.
const unreadyKept = 10 * time.Minute

// forget is to be called when a member answers, or fails in another way.
func (u unready) forget(target wire.Address) {
	if len(u) > 0 {
		delete(u, target)
	}
}
