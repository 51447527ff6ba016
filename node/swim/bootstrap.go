package swim

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
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

const (
	firstJoinDelay = 100 * time.Millisecond
	// maxJoinPatience is how many times longer than usual a host may take to answer a node that
	// is starved: to give up and ask again makes more work, mostly on the same machine.
	maxJoinPatience = 5
)

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

// JoinOptions are the settings of one bootstrap that may differ from those of [Config]. A
// zero field means the setting of Config.
type JoinOptions struct {
	Size        int
	Parallelism int
	Timeout     time.Duration
	Patience    time.Duration
}

// Bootstrap begins to join the cluster, and goes on until the node is ready, which
// [Joined] reports. A second call changes nothing.
func (n *Node) Bootstrap() {
	if n.boot.started.IsZero() {
		n.BootstrapWith(JoinOptions{})
	}
}

// BootstrapWith is Bootstrap by other settings than those of the configuration. On a node
// that bootstraps already it begins anew: the hosts are asked for at once, whatever the
// node was waiting for, and those that have been joined stay so. On one that is ready
// it does nothing.
func (n *Node) BootstrapWith(o JoinOptions) {
	if n.ready {
		return
	}
	b := &n.boot
	b.options = JoinOptions{
		Size:        cmp.Or(o.Size, n.cfg.JoinSize),
		Parallelism: cmp.Or(o.Parallelism, n.cfg.JoinParallelism),
		Timeout:     cmp.Or(o.Timeout, n.cfg.JoinTimeout),
		Patience:    cmp.Or(o.Patience, n.cfg.JoinPatience),
	}
	b.started = n.now
	b.delay, b.tried = 0, nil
	n.askHosts()
}

// Bootstrapping reports whether the node waits for hosts to join.
func (n *Node) Bootstrapping() bool { return n.boot.waiting }

func (n *Node) askHosts() {
	n.boot.waiting = true
	n.boot.retry = time.Time{}
	n.out.NeedHosts = true
}

func (n *Node) bootstrapDue() {
	if !n.boot.retry.IsZero() && !n.now.Before(n.boot.retry) {
		n.askHosts()
	}
}

// Hosts hands in what discovery lists; the node itself may be among them. The list must
// not be modified any more. With an error there is none, and it is asked for again
// later; but if the error is [HostErrors], then these hosts are listed as well, and
// have no address.
func (n *Node) Hosts(hosts []wire.Address, err error) {
	n.hosts.set(hosts, err)
	b := &n.boot
	if !b.waiting {
		return
	}
	switch {
	case !b.list(hosts, err):
		b.attempt++
		n.retryJoin()
	case b.wanted == 0:
		n.joinDone(len(b.joined) == 0)
	case len(b.joined) >= b.wanted:
		n.joinDone(false) // discovery lists fewer hosts than before
	default:
		n.joinRound()
	}
}

func (n *Node) joinRound() {
	b := &n.boot
	b.attempt++
	group := b.group(n.rng)
	b.pending = len(group)
	if len(group) == 0 {
		// All that have an address have been joined, or have called and are being joined.
		if b.isContent(n.now) {
			n.joinDone(false)
		} else {
			n.retryJoin()
		}
		return
	}
	for _, host := range group {
		b.tried = append(b.tried, host)
		n.joinHost(host, b.attempt)
	}
}

// joinHost joins a host: one of a round, or, if that is 0, one that has called.
func (n *Node) joinHost(host wire.Address, round int) {
	n.boot.asked = append(n.boot.asked, host)
	timeout := min(n.health.scale(n.boot.options.Timeout), maxJoinPatience*n.boot.options.Timeout)
	n.join(Join, host, timeout, func(_ *wire.JoinResponse, membership table.ChangeSet, err error) {
		// By now another bootstrap may have begun another round.
		ofRound := round > 0 && round == n.boot.attempt
		n.hostAnswered(host, ofRound, membership, err)
	})
}

func (n *Node) hostAnswered(host wire.Address, ofRound bool, membership table.ChangeSet, err error) {
	switch {
	case err == nil:
		// The host that answered knows these already: they are not disseminated.
		n.applyAndSpread(&membership, relayOff)
	case !errors.Is(err, ErrItself):
		n.emit(JoinFailed{Host: host, Err: err})
	}
	if n.ready {
		return // others were enough
	}
	b := &n.boot
	if ofRound {
		b.pending--
	}
	b.answered(host, err)
	content := b.isContent(n.now)
	switch {
	case b.waiting && !content:
	case b.wanted == 0 && len(b.others) > 0:
		n.joinDone(len(b.joined) == 0)
	case len(b.joined) >= b.wanted && len(b.joined) > 0 || b.pending == 0 && content:
		n.joinDone(false)
	case !ofRound && err == nil && b.reachesNone():
		n.joinDone(false) // a host that calls is as good as a listed one
	case ofRound && b.pending == 0:
		n.retryJoin()
	}
}

// retryJoin waits before the next round.
func (n *Node) retryJoin() {
	b := &n.boot
	wait := b.wait(n.rng)
	b.retry = n.now.Add(wait)
	n.emit(JoinWaiting{
		Joined: len(b.joined), Wanted: b.wanted, Attempt: b.attempt, Retry: wait,
		Failed: b.notJoined(), Err: b.err,
	})
}

// joinDone ends bootstrap: the node is ready.
func (n *Node) joinDone(alone bool) {
	n.ready = true
	n.checkClock()
	n.period.begin(n.now, n.rng)
	if !alone {
		n.settle()
	}
	joined := Joined{Hosts: n.boot.joined, Wanted: n.boot.wanted, Alone: alone}
	if len(joined.Hosts) < joined.Wanted {
		joined.Failed = n.boot.notJoined()
	}
	n.emit(joined)
	n.boot = bootstrap{}
}
