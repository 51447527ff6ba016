package swim

import (
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// A change is sent a limited number of times, to whichever members have their turn. A node
// that missed what the others believe of it would never refute it, and one that all others
// have forgotten would never be known again. These are the rules against it.

// remindOfItself adds what is believed of the asker when that is worse, or newer,
// than what it believes of itself: it must know it to refute. Ringpop nodes stop
// sending a change after a number of sends, no matter to which members.
func (n *Node) remindOfItself(b *table.ChangeSet, source wire.Address, incarnation int64) {
	m, ok := n.table.Find(source)
	if !ok || !n.cfg.Rules.reminds() {
		return
	}
	believed := n.table.Incarnation(m)
	if believed < incarnation || believed == incarnation && n.table.Status(m) == wire.Alive || b.Tells(m) {
		return
	}
	n.table.Tell(b, m, n.inMyName())
}

// announce makes the node's own change pending again when another node has sent
// all it knows and the node is not in it. A node that was reaped while it was
// cut off comes back that way, for Ringpop nodes do not take an unknown caller
// as a member.
//
// It must not do so at every opportunity: while its change is pending it has
// something to tell, and a node with something to tell sends no full syncs.
func (n *Node) announce(response *wire.Ping, told *table.ChangeSet) {
	if !n.announced.ready(n.now) || !n.cfg.Rules.reminds() {
		return
	}
	if !told.Tells(n.me) && (isWhole(told, response.Source) || isAlone(n.cfg.Flavour, response, told)) && response.Checksum != n.Checksum() {
		n.announced.pause(n.now, announcePause)
		n.recordSelf()
	}
}

// announcePause is longer than a change is being spread, in a cluster of any size.
const announcePause = time.Minute

// throttle lets something happen only once in a while.
type throttle struct{ next time.Time }

func (t *throttle) ready(now time.Time) bool { return !now.Before(t.next) }

// pause makes the throttle ready again after a while.
func (t *throttle) pause(now time.Time, d time.Duration) { t.next = now.Add(d) }
