package heal

import (
	"errors"
	"maps"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// backoffs are targets with which nothing can be done now, each with the time for which
// it is left alone: twice as long each time, whatever searches come to it meanwhile.
//
// There are three kinds. One has been reached and refuses what it is told, as a node
// does that has not joined yet; it is up, and no other side of a partition. One agrees
// about everything: a member that has left and still runs. And one that has left does
// not answer, and will not, unless it is started again.
type backoffs map[wire.Address]backoff

type backoff struct {
	failures int       // in a row
	last     time.Time // when the last one of them was learned
	until    time.Time
}

const (
	firstBackoff = time.Second
	maxBackoff   = 10 * time.Minute
)

// fail counts a failure, and returns how many there were in a row.
func (b *backoffs) fail(target wire.Address, now time.Time) int {
	if *b == nil {
		*b = make(backoffs)
	}
	failures := (*b)[target].failures + 1
	wait := min(firstBackoff<<min(failures-1, 16), maxBackoff)
	(*b)[target] = backoff{failures, now, now.Add(wait)}
	return failures
}

// failSince counts the failure of an attempt, unless another one has failed since that began:
// attempts that go on at the same time show no more than one does.
func (b *backoffs) failSince(target wire.Address, began, now time.Time) {
	if !began.Before((*b)[target].last) {
		b.fail(target, now)
	}
}

// tidy forgets targets that were left alone for long enough to start anew.
func (b backoffs) tidy(now time.Time) {
	maps.DeleteFunc(b, func(_ wire.Address, f backoff) bool { return now.Sub(f.until) > 2*maxBackoff })
}

// rests reports whether a target is to be left alone.
func (b backoffs) rests(target wire.Address, now time.Time) bool { return now.Before(b[target].until) }

// unanswered counts that a target did not answer, when asked at a time. Members that are missed
// are tried again soon all the same; and what this node could not send says nothing.
func (h *Healer) unanswered(target wire.Address, asked time.Time, err error) {
	missed := !h.hasLeft(target) && (h.isMember(target) || h.urgency.misses(target))
	if !missed && !errors.Is(err, swim.ErrStarved) {
		h.backoffs.failSince(target, asked, h.now)
	}
}

// unheeded counts that a target did not take what it was told, and returns how often
// in a row. One that refuses it will do so again: it is not visited again soon.
func (h *Healer) unheeded(target wire.Address, err error) (failures int) {
	if err == nil || errors.Is(err, swim.ErrStarved) {
		return 0
	}
	if errors.As(err, new(*wire.RemoteError)) {
		h.dropFollowUp(target)
	}
	return h.backoffs.fail(target, h.now)
}

// hasLeft reports whether a target is a member that says it has left. Whether it still
// runs cannot be known. If it was started again since and knows no other node, gossip
// does not bring it back, because a member that has left is not pinged.
func (h *Healer) hasLeft(target wire.Address) bool {
	m, known := h.node.Member(target)
	return known && m.Status == wire.Leave
}

// isDue reports whether a target may be visited by a search of the healer's own account.
func (h *Healer) isDue(target wire.Address) bool { return !h.backoffs.rests(target, h.now) }

// mayBeElsewhere reports whether a member may live where gossip does not come to.
func (h *Healer) mayBeElsewhere(m *swim.Member, listed map[wire.Address]bool) bool {
	if h.cfg.Ringpop {
		return m.Status.Dead() && listed[m.Address]
	}
	return m.Status.Dead() || m.Status == wire.Leave && m.Address != h.node.Address()
}
