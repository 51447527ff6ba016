package swim

import (
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

const (
	// doubtFor is for how long a member that is back is not believed when it says that others
	// are dead: longer than a heal takes, after which what its side believed is out of date.
	doubtFor = 5 * time.Second
	// maxForgotten is how many of the members that were forgotten are known to have been some.
	maxForgotten = 1024
)

// returns are the members that were held dead, or had been forgotten, and are back since lately.
type returns struct {
	at   map[table.MemberID]time.Time
	last time.Time

	forgotten map[wire.Address]bool
	oldest    []wire.Address // of those, in their order; some may be back
}

// forget is to be called when a dead member is forgotten.
func (r *returns) forget(a wire.Address) {
	if r.forgotten == nil {
		r.forgotten = make(map[wire.Address]bool)
	}
	if r.oldest = append(r.oldest, a); len(r.oldest) > maxForgotten {
		delete(r.forgotten, r.oldest[0])
		r.oldest = r.oldest[1:]
	}
	r.forgotten[a] = true
}

// add is to be called when a member is back that was held dead.
func (r *returns) add(m table.MemberID, now time.Time) {
	if r.at == nil {
		r.at = make(map[table.MemberID]time.Time)
	}
	r.at[m], r.last = now, now
}

// remember is to be called when there is a new member: one that was forgotten is back.
func (r *returns) remember(m table.MemberID, a wire.Address, now time.Time) {
	if r.forgotten[a] {
		delete(r.forgotten, a)
		r.add(m, now)
	}
}

// lately reports whether a member is back since lately.
func (r *returns) lately(m table.MemberID, now time.Time) bool {
	if len(r.at) == 0 {
		return false
	}
	if now.Sub(r.last) > doubtFor {
		clear(r.at)
		return false
	}
	at, is := r.at[m]
	return is && now.Sub(at) <= doubtFor
}
