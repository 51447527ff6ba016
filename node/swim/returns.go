package swim

import (
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
)

// doubtFor is for how long a member that is back is not believed when it says that others are
// dead: longer than a heal takes, after which what its side believed is out of date.
const doubtFor = 5 * time.Second

// returns are the members that were held dead, and are back since lately.
type returns struct {
	at   map[table.MemberID]time.Time
	last time.Time
}

func (r *returns) add(m table.MemberID, now time.Time) {
	if r.at == nil {
		r.at = make(map[table.MemberID]time.Time)
	}
	r.at[m], r.last = now, now
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
