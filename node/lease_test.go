package node_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node"
)

// With a lease the side that advances the record serves, though it is the minority if the
// majority does not reach the store.
func TestLeaseDecides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(storeInMemory)
		l := resolverLab(t, 5, func(c *node.Config) {
			c.Resolve.Strategy = node.LeaseMajority
			c.Resolve.Lease = &storeAccess{store, c.Address}
		})
		time.Sleep(2 * time.Minute) // the record names all
		for i := 2; i < 5; i++ {
			store.cut(l.address(i), true)
		}
		l.split(2, true)
		eventually(t, "the minority has the lease", 2*time.Minute, func() bool { return l.serve(0, 1) })
		before, _ := store.Read(t.Context())
		if epoch, err := accepting(l, 0); err != nil || epoch != before.Epoch || len(before.Members) != 2 {
			t.Errorf("epoch %d, %v; the record is %+v", epoch, err, before)
		}
		for i := 2; i < 5; i++ {
			store.cut(l.address(i), false)
		}
		time.Sleep(time.Minute)
		if !l.serve(0, 1) {
			t.Error("others serve who do not have the lease")
		}
		l.split(2, false)
		eventually(t, "all serve", 2*time.Minute, func() bool { return l.serve(0, 1, 2, 3, 4) })
	})
}

// storeInMemory is a lease that nodes can be cut off from.
type storeInMemory struct {
	record resolve.Record
	mu     sync.Mutex
	away   map[string]bool
}

func (s *storeInMemory) locked(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

func (s *storeInMemory) cut(address string, cut bool) {
	s.locked(func() {
		if s.away == nil {
			s.away = make(map[string]bool)
		}
		s.away[address] = cut
	})
}

func (s *storeInMemory) Read(context.Context) (r resolve.Record, err error) {
	s.locked(func() { r = s.record })
	return r, nil
}

func (s *storeInMemory) Advance(_ context.Context, from uint64, to resolve.Record) (r resolve.Record, err error) {
	s.locked(func() {
		if s.record.Epoch != from {
			err = resolve.ErrConflict
			return
		}
		s.record = to
	})
	return to, err
}

// storeAccess is the store as one node reaches it.
type storeAccess struct {
	*storeInMemory
	from string
}

func (s *storeAccess) reach(ctx context.Context) error {
	away := false
	s.locked(func() { away = s.away[s.from] })
	if away {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (s *storeAccess) Read(ctx context.Context) (resolve.Record, error) {
	if err := s.reach(ctx); err != nil {
		return resolve.Record{}, err
	}
	return s.storeInMemory.Read(ctx)
}

func (s *storeAccess) Advance(ctx context.Context, from uint64, to resolve.Record) (resolve.Record, error) {
	if err := s.reach(ctx); err != nil {
		return resolve.Record{}, err
	}
	return s.storeInMemory.Advance(ctx, from, to)
}
