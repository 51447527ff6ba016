package swim

import (
	"cmp"
	"errors"
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// maxJoinPatience is how many times longer than usual a host may take to answer a node that is
// starved: to give up and ask again makes more work, mostly on the same machine.
const maxJoinPatience = 5

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
