package watch

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// scouts find out when members answer again that do not now. A look asks all nodes, and
// waits for those that swallow packets: when the network comes back that is too long. They
// go on while a look does.
//
// They give up soon and try again, because a connection whose first packet was swallowed
// is a second old when that is sent again, and older each further time. When many members
// were lost together they hurry: the first of them that is told that it is suspected should
// be so before another node's late packets tell it. Then they knock: a connection that is
// made shows that it is worth asking.
type scouts struct {
	client *admin.Client
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	rng    *rand.Rand
	found  chan struct{}
	// swallowed is whether the last scout that came back in vain had no answer at all, as
	// when packets are dropped, and was not refused.
	swallowed atomic.Bool
	changed   chan struct{} // there is something to do sooner
	working   sync.WaitGroup

	mu      sync.Mutex // guards what follows
	missing []wire.Address
	hurry   bool
	resting bool      // one was found, and there was no look since
	lost    time.Time // when one was lost last
	next    int       // of missing
	sent    int
	knocks  int // under way
	out     map[wire.Address]*errand
	// interrupt ends the look that goes on, which knows nothing of what was found.
	interrupt func()
}

// errand is a scout under way.
type errand struct {
	cancel context.CancelFunc
	done   chan struct{}
}

const (
	scoutEvery  = 100 * time.Millisecond
	scoutHurry  = 20 * time.Millisecond
	knockEvery  = 10 * time.Millisecond
	scoutFor    = 2 * time.Minute // then half as often, and so on
	scoutSlowly = time.Second
	// scoutsOut is how many are under way at most, and how many knocks.
	scoutsOut = 32
	// scoutWaits is how long a scout waits for an answer, and each scoutPatient-th waits for
	// longer, for networks on which it takes as long.
	scoutWaits   = 250 * time.Millisecond
	scoutPatient = 4
	// rescueTimeout is how long one of those that are back may take to answer: the others
	// are told of it only then.
	rescueTimeout = 300 * time.Millisecond
)

func newScouts(c *Config, client *admin.Client, rng *rand.Rand) *scouts {
	return &scouts{
		client: client, dial: c.Dial, rng: rng, found: make(chan struct{}, 1), changed: make(chan struct{}, 1),
		out: make(map[wire.Address]*errand), interrupt: func() {},
	}
}

// run sends scouts until ctx ends, and returns when all are back.
func (s *scouts) run(ctx context.Context) {
	defer s.working.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
		case <-timer.C:
		}
		timer.Reset(s.send(ctx, time.Now()))
	}
}

// saw records which members do not answer though some node lists them, and whether many of
// them were lost together. Those that left need not be found.
func (s *scouts) saw(now time.Time, v *admin.Verdict, hurry bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	missing := slices.Concat(v.Faulty, v.Silent)
	if slices.ContainsFunc(missing, func(a wire.Address) bool { return !slices.Contains(s.missing, a) }) {
		s.lost = now
	}
	s.rng.Shuffle(len(missing), func(i, j int) { missing[i], missing[j] = missing[j], missing[i] })
	s.missing, s.hurry = missing, hurry
}

// looking is to be called when a look begins, with what ends it before its time. The
// function that it returns is to be called when it has ended.
func (s *scouts) looking(interrupt func()) (looked func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.interrupt = interrupt
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.interrupt, s.resting = func() {}, len(s.found) > 0
		select {
		case s.changed <- struct{}{}:
		default:
		}
	}
}

// send sends a scout, and returns when to send the next one.
func (s *scouts) send(ctx context.Context, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.missing) == 0 || s.resting {
		return time.Hour // or when that has changed
	}
	s.next = (s.next + 1) % len(s.missing)
	member, every := s.missing[s.next], scoutEvery
	switch {
	case s.hurry && s.dial != nil:
		every = knockEvery
		s.knock(ctx, member)
	case s.hurry:
		every = scoutHurry
		s.ask(ctx, member)
	default:
		s.ask(ctx, member)
	}
	return min(every<<min(now.Sub(s.lost)/scoutFor, 10), scoutSlowly)
}

// knock finds out whether a connection can be made to a member, which is then asked. The
// caller holds s.mu.
func (s *scouts) knock(ctx context.Context, member wire.Address) {
	if s.knocks >= scoutsOut || s.out[member] != nil {
		return
	}
	s.knocks++
	within, cancel := context.WithTimeout(ctx, min(s.patience(), time.Second))
	s.working.Go(func() {
		defer cancel()
		conn, err := s.dial(within, "tcp", string(member))
		if err == nil {
			conn.Close()
		} else {
			s.swallowed.Store(swallowed(err))
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.knocks--
		if err == nil && !s.resting {
			s.ask(ctx, member)
		}
	})
}

// patience returns how long the next scout waits. The caller holds s.mu.
func (s *scouts) patience() time.Duration {
	if s.sent++; s.sent%scoutPatient == 0 {
		return time.Minute // the client's
	}
	return scoutWaits
}

// ask asks a member, unless one is on its way to it. The caller holds s.mu.
func (s *scouts) ask(ctx context.Context, member wire.Address) {
	if s.out[member] != nil || len(s.out) >= scoutsOut {
		return
	}
	within, cancel := context.WithTimeout(ctx, s.patience())
	e := &errand{cancel, make(chan struct{})}
	s.out[member] = e
	s.working.Go(func() {
		defer s.end(member, e)
		err := s.client.Health(within, member)
		switch {
		case err == nil || errors.As(err, new(*wire.RemoteError)):
			s.foundOne()
		case within.Err() == context.Canceled: // recalled
		default:
			s.swallowed.Store(swallowed(err))
		}
	})
}

// swallowed reports whether a call or a dial has failed because no answer came at all.
func swallowed(err error) bool {
	var timeout net.Error // which of these it is depends on who noticed first
	return errors.Is(err, admin.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// foundOne says that a member answers, once until the next look.
func (s *scouts) foundOne() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.resting {
		return
	}
	s.resting = true
	select {
	case s.found <- struct{}{}:
	default:
	}
	s.interrupt()
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
