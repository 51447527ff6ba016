package watch

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// scouts find out when members answer again that do not now. A look asks all nodes, and
// waits a second for those that swallow packets: when the network comes back that is
// too long.
//
// They give up soon and try again, because a connection whose first packet was swallowed
// is a second old when that is sent again, and older each further time. When many members
// were lost together they hurry: the first of them that is told that it is suspected should
// be so before another node's late packets tell it.
type scouts struct {
	client *admin.Client
	rng    *rand.Rand
	found  chan struct{}
	// swallowed is whether the last scout that came back in vain had no answer at all, as
	// when packets are dropped, and was not refused.
	swallowed atomic.Bool

	missing []wire.Address
	hurry   bool
	lost    time.Time // when one was lost last
	due     time.Time
	next    int // of missing
	sent    int

	mu  sync.Mutex
	out map[wire.Address]*errand
}

// errand is a scout under way.
type errand struct {
	cancel context.CancelFunc
	done   chan struct{}
}

const (
	scoutEvery  = 100 * time.Millisecond
	scoutHurry  = 20 * time.Millisecond
	scoutFor    = 2 * time.Minute // then half as often, and so on
	scoutSlowly = time.Second
	// scoutsOut is how many are under way at most.
	scoutsOut = 32
	// scoutWaits is how long a scout waits for an answer, and each scoutPatient-th waits for
	// longer, for networks on which it takes as long.
	scoutWaits   = 250 * time.Millisecond
	scoutPatient = 4
	// rescueTimeout is how long one of those that are back may take to answer: the others
	// are told of it only then.
	rescueTimeout = 300 * time.Millisecond
)

func newScouts(client *admin.Client, rng *rand.Rand) *scouts {
	return &scouts{client: client, rng: rng, found: make(chan struct{}, 1), out: make(map[wire.Address]*errand)}
}

// saw records which members do not answer though some node lists them, and whether many of
// them were lost together. Those that left need not be found.
func (s *scouts) saw(now time.Time, v *admin.Verdict, hurry bool) {
	missing := slices.Concat(v.Faulty, v.Silent)
	if slices.ContainsFunc(missing, func(a wire.Address) bool { return !slices.Contains(s.missing, a) }) {
		s.lost = now
	}
	s.rng.Shuffle(len(missing), func(i, j int) { missing[i], missing[j] = missing[j], missing[i] })
	s.missing, s.hurry = missing, hurry
}

// wake returns when to send a scout.
func (s *scouts) wake() (time.Time, bool) { return s.due, len(s.missing) > 0 }

// send sends a scout if it is time to.
func (s *scouts) send(ctx context.Context, now time.Time, working *sync.WaitGroup) {
	if len(s.missing) == 0 || now.Before(s.due) {
		return
	}
	every := scoutEvery
	if s.hurry {
		every = scoutHurry
	}
	s.due = now.Add(min(every<<min(now.Sub(s.lost)/scoutFor, 10), scoutSlowly))
	s.next = (s.next + 1) % len(s.missing)
	member := s.missing[s.next]
	patience := scoutWaits
	if s.sent++; s.sent%scoutPatient == 0 {
		patience = time.Minute // the client's
	}
	within, cancel := context.WithTimeout(ctx, patience)
	e := &errand{cancel, make(chan struct{})}
	if !s.begin(member, e) {
		cancel()
		return
	}
	working.Go(func() {
		defer s.end(member, e)
		err := s.client.Health(within, member)
		switch {
		case err == nil || errors.As(err, new(*wire.RemoteError)):
			select {
			case s.found <- struct{}{}:
			default:
			}
		case within.Err() == context.Canceled: // recalled
		default:
			s.swallowed.Store(errors.Is(err, admin.ErrTimeout) || errors.Is(err, context.DeadlineExceeded))
		}
	})
}

// begin reports whether a scout may set out: only one goes to a member at a time.
func (s *scouts) begin(member wire.Address, e *errand) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.out[member] != nil || len(s.out) >= scoutsOut {
		return false
	}
	s.out[member] = e
	return true
}

func (s *scouts) end(member wire.Address, e *errand) {
	e.cancel()
	close(e.done)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.out, member)
}

// recall ends those under way, and with them the connections that wait for packets that
// were swallowed. The function that it returns waits until they have ended: a call before
// that would wait for the same connections.
func (s *scouts) recall() (wait func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	recalled := slices.Collect(maps.Values(s.out))
	for _, e := range recalled {
		e.cancel()
	}
	return func() {
		for _, e := range recalled {
			<-e.done
		}
	}
}
