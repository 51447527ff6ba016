package swim

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// bootstrap is the way from alone to ready: join some of the hosts that
// discovery lists, and keep at it until enough have answered.
type bootstrap struct {
	options JoinOptions
	started time.Time // zero: not begun, or over
	waiting bool      // for the hosts
	retry   time.Time // when to ask for the hosts again; zero: not waiting

	others   []wire.Address         // that discovery lists, without the node itself
	nameless HostErrors             // of hosts that are listed and have no address
	failed   map[wire.Address]error // of the last attempt at a host
	err      error                  // why there is no list

	wanted  int
	joined  []wire.Address // as they are known
	asked   []wire.Address // and have not answered yet
	tried   []wire.Address // in this cycle through the hosts
	pending int            // joins of this round under way
	attempt int            // the number of this round
	delay   time.Duration  // the upper bound of the last one
}

const firstJoinDelay = 100 * time.Millisecond

// JoinOptions are the settings of one bootstrap that may differ from those of [Config],
// which a field that is zero stands for.
type JoinOptions struct {
	Size        int
	Parallelism int
	Timeout     time.Duration
	Patience    time.Duration
}

// Bootstrap begins to join the cluster, and goes on until the node is ready, which
// [Joined] tells. A second one changes nothing.
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
	n.listed(hosts, err)
	if !n.boot.waiting {
		return
	}
	b := &n.boot
	b.waiting = false
	b.nameless, b.err = nil, nil
	if err != nil && !errors.As(err, &b.nameless) {
		b.err = err
		b.attempt++
		n.retryJoin()
		return
	}
	b.others = slices.Clone(hosts)
	slices.Sort(b.others)
	b.others = slices.Compact(b.others)
	b.others = slices.DeleteFunc(b.others, func(h wire.Address) bool { return h == n.self.Address })
	n.countWanted()
	switch {
	case b.wanted == 0:
		n.joinDone(len(b.joined) == 0)
	case len(b.joined) >= b.wanted:
		n.joinDone(false) // discovery lists fewer hosts than before
	default:
		n.joinRound(b.others)
	}
}

// countWanted sets how many hosts must answer. One that is listed twice, by different
// addresses, is one, and the node itself is none.
func (n *Node) countWanted() {
	b := &n.boot
	others := len(b.others)
	if len(n.hosts.aliases) > 0 {
		known := n.AllKnownAs(slices.Clone(b.others))
		slices.Sort(known)
		known = slices.Compact(known)
		others = len(known)
		if _, itself := slices.BinarySearch(known, n.self.Address); itself {
			others--
		}
	}
	b.wanted = min(b.options.Size, others+len(b.nameless))
}

func (n *Node) joinRound(others []wire.Address) {
	b := &n.boot
	b.attempt++
	group := n.joinGroup(others)
	b.pending = len(group)
	if len(group) == 0 {
		// All that have an address have been joined, or have called and are being joined.
		n.joinRoundOver()
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
	n.join(Join, host, n.boot.options.Timeout, func(_ *wire.JoinResponse, membership table.ChangeSet, err error) {
		// By now another bootstrap may have begun another round.
		ofRound := round > 0 && round == n.boot.attempt
		n.hostAnswered(host, ofRound, membership, err)
	})
}

// knows reports whether a host has been joined, or is being joined.
func (b *bootstrap) knows(host wire.Address) bool {
	return slices.Contains(b.joined, host) || slices.Contains(b.asked, host)
}

// joinGroup draws whom to join next: hosts that were not tried in this cycle,
// those on other machines first, since the ones on this machine may well be
// starting at the same moment.
func (n *Node) joinGroup(others []wire.Address) []wire.Address {
	b := &n.boot
	left := func() []wire.Address {
		return slices.DeleteFunc(slices.Clone(others), func(h wire.Address) bool {
			known := n.KnownAs(h)
			return known == n.self.Address || b.knows(known) || b.knows(h) || slices.Contains(b.tried, h)
		})
	}
	candidates := left()
	if len(candidates) == 0 {
		b.tried = b.tried[:0]
		candidates = left()
	}
	n.rng.Shuffle(len(candidates), func(i, j int) {
		candidates[i], candidates[j] = candidates[j], candidates[i]
	})
	here := n.self.Address.Host()
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

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (n *Node) hostAnswered(host wire.Address, ofRound bool, membership table.ChangeSet, err error) {
	switch {
	case err == nil:
		// Who answered knows these already: they are not spread on.
		n.applyAndSpread(&membership, relayOff)
	case !errors.Is(err, ErrItself):
		n.emit(JoinFailed{Host: host, Err: err})
	}
	if n.ready {
		return // others were enough
	}
	b := &n.boot
	b.asked = slices.DeleteFunc(b.asked, func(h wire.Address) bool { return h == host })
	if ofRound {
		b.pending--
	}
	b.answered(host, n.KnownAs(host), err)
	n.countWanted() // the host may have turned out to be another one
	switch {
	case b.waiting && !n.contentWithFew():
	case b.wanted == 0 && len(b.others) > 0:
		n.joinDone(len(b.joined) == 0)
	case len(b.joined) >= b.wanted && len(b.joined) > 0 || b.pending == 0 && n.contentWithFew():
		n.joinDone(false)
	case !ofRound && err == nil && b.reachesNobody():
		n.joinDone(false) // who calls is as good as who is listed
	case ofRound && b.pending == 0:
		n.retryJoin()
	}
}

// reachesNobody reports whether all hosts that discovery lists have been tried, and have
// failed.
func (b *bootstrap) reachesNobody() bool {
	return b.attempt > 0 && !slices.ContainsFunc(b.others, func(h wire.Address) bool { return b.failed[h] == nil })
}

// contentWithFew reports whether it is time to be content with fewer hosts than wanted.
func (n *Node) contentWithFew() bool {
	return len(n.boot.joined) > 0 && n.now.Sub(n.boot.started) >= n.boot.options.Patience
}

// answered takes in how the join of a host went that is known by an address.
func (b *bootstrap) answered(host, known wire.Address, err error) {
	switch {
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

func (n *Node) joinRoundOver() {
	if n.contentWithFew() {
		n.joinDone(false)
		return
	}
	n.retryJoin()
}

// retryJoin waits before the next round, for a time drawn between the last
// bound and twice that.
func (n *Node) retryJoin() {
	b := &n.boot
	least := b.delay
	b.delay = min(max(firstJoinDelay, 2*b.delay), n.cfg.JoinMaxDelay)
	wait := b.delay
	if span := int64(b.delay - least); span > 0 {
		wait = least + time.Duration(n.rng.Int64N(span))
	}
	b.retry = n.now.Add(wait)
	n.emit(JoinWaiting{
		Joined: len(b.joined), Wanted: b.wanted, Attempt: b.attempt, Retry: wait,
		Failed: b.notJoined(), Err: b.err,
	})
}

func (n *Node) joinDone(alone bool) {
	n.ready = true
	n.checkClock()
	n.startGossip()
	joined := Joined{Hosts: n.boot.joined, Wanted: n.boot.wanted, Alone: alone}
	if len(joined.Hosts) < joined.Wanted {
		joined.Failed = n.boot.notJoined()
	}
	n.emit(joined)
	n.boot = bootstrap{}
}
