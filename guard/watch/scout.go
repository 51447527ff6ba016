package watch

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// scouts find out when members answer again that do not now. A look asks all nodes, and
// waits a second for those that swallow packets: when the network comes back that is
// too long.
type scouts struct {
	client *admin.Client
	rng    *rand.Rand
	found  chan struct{}

	missing []wire.Address
	lost    time.Time // when one was lost last
	due     time.Time
	out     chan struct{} // a token for each call that may be made
}

const (
	scoutEvery  = 300 * time.Millisecond
	scoutFor    = 2 * time.Minute // then half as often, and so on
	scoutSlowly = time.Second
	// scoutsOut is how many calls are outstanding at most, and scoutsSent how many are made
	// at a time.
	scoutsOut  = 16
	scoutsSent = 3
)

func newScouts(client *admin.Client, rng *rand.Rand) *scouts {
	s := &scouts{client: client, rng: rng, found: make(chan struct{}, 1), out: make(chan struct{}, scoutsOut)}
	for range scoutsOut {
		s.out <- struct{}{}
	}
	return s
}

// saw records which members do not answer though some node lists them. Those that left
// need not be found.
func (s *scouts) saw(now time.Time, v *admin.Verdict) {
	missing := slices.Concat(v.Faulty, v.Silent)
	if slices.ContainsFunc(missing, func(a wire.Address) bool { return !slices.Contains(s.missing, a) }) {
		s.lost = now
	}
	s.missing = missing
}

// next returns when to send scouts.
func (s *scouts) next() (time.Time, bool) { return s.due, len(s.missing) > 0 }

// send sends scouts if it is time to.
func (s *scouts) send(ctx context.Context, now time.Time, working *sync.WaitGroup) {
	if len(s.missing) == 0 || now.Before(s.due) {
		return
	}
	s.due = now.Add(min(scoutEvery<<min(now.Sub(s.lost)/scoutFor, 10), scoutSlowly))
	for range min(scoutsSent, len(s.missing)) {
		select {
		case <-s.out:
		default:
			return
		}
		member := s.missing[s.rng.IntN(len(s.missing))]
		working.Go(func() {
			defer func() { s.out <- struct{}{} }()
			err := s.client.Health(ctx, member)
			if err == nil || errors.As(err, new(*wire.RemoteError)) {
				select {
				case s.found <- struct{}{}:
				default:
				}
			}
		})
	}
}
