package swim

import (
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// bootstrap takes a node from alone to ready: it joins some of the hosts that
// discovery lists, and continues until enough have answered.
type bootstrap struct {
	cfg     *Config
	hosts   *hosts
	options JoinOptions

	started time.Time // zero: not begun, or over
	waiting bool      // for the list of discovery
	retry   time.Time // when to ask for the list again; zero: not waiting

	others   []wire.Address         // that discovery lists, without the node itself; sorted
	nameless HostErrors             // of hosts that are listed and have no address
	failed   map[wire.Address]error // of the last attempt at a host
	err      error                  // why there is no list

	wanted  int            // how many hosts must answer
	joined  []wire.Address // as they are known
	asked   []wire.Address // and have not answered yet
	tried   []wire.Address // in this cycle through the hosts
	pending int            // joins of this round under way
	attempt int            // the number of this round
	delay   time.Duration  // the upper bound of the last one
}

const firstJoinDelay = 100 * time.Millisecond

// list stores the list of discovery. It returns false if there is none.
func (b *bootstrap) list(hosts []wire.Address, err error) bool {
	b.waiting = false
	b.nameless, b.err = nil, nil
	if err != nil && !errors.As(err, &b.nameless) {
		b.err = err
		return false
	}
	b.others = slices.Clone(hosts)
	slices.Sort(b.others)
	b.others = slices.Compact(b.others)
	b.others = slices.DeleteFunc(b.others, func(h wire.Address) bool { return h == b.cfg.Address })
	b.countWanted()
	return true
}

// countWanted sets how many hosts must answer.
func (b *bootstrap) countWanted() {
	b.wanted = min(b.options.Size, b.hosts.count(b.others)+len(b.nameless))
}

// knows reports whether a host has been joined, or is being joined.
func (b *bootstrap) knows(host wire.Address) bool {
	return slices.Contains(b.joined, host) || slices.Contains(b.asked, host)
}

// left returns the hosts that are still to be joined and were not tried in this cycle.
func (b *bootstrap) left() []wire.Address {
	return slices.DeleteFunc(slices.Clone(b.others), func(h wire.Address) bool {
		known := b.hosts.knownAs(h)
		return known == b.cfg.Address || b.knows(known) || b.knows(h) || slices.Contains(b.tried, h)
	})
}

// group draws the hosts to join next: those that were not tried in this cycle,
// those on other machines first, since the ones on this machine may well be
// starting at the same moment.
func (b *bootstrap) group(rng *rand.Rand) []wire.Address {
	candidates := b.left()
	if len(candidates) == 0 {
		b.tried = b.tried[:0]
		candidates = b.left()
	}
	rng.Shuffle(len(candidates), func(i, j int) {
		candidates[i], candidates[j] = candidates[j], candidates[i]
	})
	here := b.cfg.Address.Host()
	var group, near []wire.Address
	size := min((b.wanted-len(b.joined))*b.options.Parallelism, len(candidates))
	for _, h := range candidates {
		switch {
		case len(group) == size:
			return group
		case h.Host() == here:
			near = append(near, h)
		default:
			group = append(group, h)
		}
	}
	return append(group, near[:size-len(group)]...)
}

// answered handles the outcome of the join of a host.
func (b *bootstrap) answered(host wire.Address, err error) {
	b.asked = slices.DeleteFunc(b.asked, func(h wire.Address) bool { return h == host })
	switch known := b.hosts.knownAs(host); {
	case err == nil:
		delete(b.failed, host)
		if !slices.Contains(b.joined, known) {
			b.joined = append(b.joined, known)
		}
	case errors.Is(err, ErrItself):
		delete(b.failed, host)
	default:
		if b.failed == nil {
			b.failed = make(map[wire.Address]error)
		}
		b.failed[host] = err
	}
	b.countWanted() // the host may have turned out to be another one
}

// reachesNone reports whether all hosts that discovery lists have been tried and failed.
func (b *bootstrap) reachesNone() bool {
	return b.attempt > 0 && !slices.ContainsFunc(b.others, func(h wire.Address) bool { return b.failed[h] == nil })
}

// isContent reports whether it is time to be content with fewer hosts than wanted.
func (b *bootstrap) isContent(now time.Time) bool {
	return len(b.joined) > 0 && now.Sub(b.started) >= b.options.Patience
}

// notJoined returns why hosts that are listed were not joined.
func (b *bootstrap) notJoined() HostErrors {
	var failed HostErrors
	for _, host := range b.others {
		if err := b.failed[host]; err != nil {
			failed = append(failed, HostError{Host: string(host), Address: host, Err: err})
		}
	}
	return append(failed, b.nameless...)
}

// wait returns how long to wait before the next round: a time drawn between the last
// bound and twice that.
func (b *bootstrap) wait(rng *rand.Rand) time.Duration {
	least := b.delay
	b.delay = min(max(firstJoinDelay, 2*b.delay), b.cfg.JoinMaxDelay)
	if span := int64(b.delay - least); span > 0 {
		return least + time.Duration(rng.Int64N(span))
	}
	return b.delay
}
