package heal

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// urgency tells how urgent it is to look for another side. Members that turn faulty
// together are a sign of a partition; a single one is most likely dead.
type urgency struct {
	cfg  *Config
	self wire.Address

	// Members that turned faulty in the current burst: within burstWindow of
	// the first.
	burst      int
	burstStart time.Time

	// Members that turned faulty in the bursts of the suspicion and that are not
	// known to be back. Some may be reaped or forgotten meanwhile, and on the other
	// side still.
	missing []wire.Address

	reborn    time.Time // when another member of this side was last seen to be
	suspected time.Time // when a partition was suspected last; zero: it is not
	since     time.Time // when it was suspected first, for telling how long it lasted
}

// burstWindow is how long members may take to turn faulty together. Detection
// spreads over the time of a probe that fails slowly and of a few rounds.
const burstWindow = 10 * time.Second

// observe counts who turned faulty. known is the size of the membership. It
// reports whether a partition is suspected now that was not before.
func (d *urgency) observe(now time.Time, changes []swim.MemberChange, known int) (begins bool) {
	for i := range changes {
		before, after := changes[i].Before, changes[i].After
		if before == nil || after == nil || !before.Status.Pingable() {
			continue
		}
		if wasReborn(before, after) && after.Address != d.self {
			d.reborn = now
		}
		if !turnedFaulty(before, after) {
			continue
		}
		if now.Sub(d.burstStart) > burstWindow {
			d.burstStart, d.burst = now, 0
			if d.suspected.IsZero() {
				d.missing = d.missing[:0]
			}
		}
		d.burst++
		d.missing = append(d.missing, after.Address)
	}
	if d.burst < 2 && 3*d.burst <= known || now.Sub(d.burstStart) > burstWindow {
		return false
	}
	// What is lost long after is another partition: those of the first may be dead,
	// and then it is never over.
	begins = d.suspected.IsZero() || now.Sub(d.suspected) > d.cfg.FastFor
	if begins {
		d.since = now
	}
	d.suspected = d.burstStart
	return begins
}

// turnedFaulty tells that others have given up a member that was pingable. One that
// evicts itself does so at a new incarnation, and is not missed.
func turnedFaulty(before, after *swim.Member) bool {
	return after.Status == wire.Faulty && after.Incarnation == before.Incarnation
}

// wasReborn tells that a member that was pingable has refuted.
func wasReborn(before, after *swim.Member) bool {
	return after.Status == wire.Alive && after.Incarnation > before.Incarnation
}

// noneMissing reports whether all who turned faulty are pingable again, have left
// by themselves, or are forgotten here and not among the hosts of discovery.
func (d *urgency) noneMissing(member func(wire.Address) (swim.Member, bool), hosts []wire.Address) bool {
	for last := len(d.missing) - 1; last >= 0; last-- {
		m, known := member(d.missing[last])
		if known && m.Status.Dead() || !known && slices.Contains(hosts, d.missing[last]) {
			return false
		}
		d.missing = d.missing[:last]
	}
	return true
}

// misses reports whether a node is one of the missing.
func (d *urgency) misses(a wire.Address) bool { return slices.Contains(d.missing, a) }

// tidy keeps the list of the missing from growing for ever while a suspicion
// does not end, as when some of them are dead and others come and go. Those that
// were forgotten are the first to be given up.
func (d *urgency) tidy(known int, member func(wire.Address) (swim.Member, bool)) {
	if len(d.missing) <= 2*known+64 {
		return
	}
	slices.Sort(d.missing)
	d.missing = slices.DeleteFunc(slices.Compact(d.missing), func(a wire.Address) bool {
		_, known := member(a)
		return !known
	})
}

// rearm makes the suspicion as urgent as it was at its start, because there is a
// sign that the network is back.
func (d *urgency) rearm(now time.Time) {
	if !d.suspected.IsZero() {
		d.suspected = now
	}
}

// clear ends a suspicion: no member is missing any more.
func (d *urgency) clear() { *d = urgency{cfg: d.cfg, self: d.self} }

// interval returns the time between two attempts of the whole side: short after a
// partition was suspected, and longer the longer it lasts, until it is that of
// quiet times.
func (d *urgency) interval(now time.Time) time.Duration {
	if d.suspected.IsZero() {
		return d.cfg.SlowInterval
	}
	interval := d.cfg.FastInterval
	for age := now.Sub(d.suspected); age >= d.cfg.FastFor && interval < d.cfg.SlowInterval; age -= d.cfg.FastFor {
		interval *= 2
	}
	return min(interval, d.cfg.SlowInterval)
}
