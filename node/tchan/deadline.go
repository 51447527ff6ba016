package tchan

import (
	"context"
	"sync"
	"time"
)

// serving is the context of a handler: [context.WithDeadline], put off until the handler
// wants to be told of the end. Most handlers only compute, and return before a timer that
// was set for them would have been of use.
type serving struct {
	context.Context // the transport's
	deadline        time.Time

	mu     sync.Mutex
	told   context.Context // made when first needed
	cancel context.CancelFunc
	over   bool
}

func newServing(parent context.Context, deadline time.Time) *serving {
	return &serving{Context: parent, deadline: deadline}
}

// Deadline implements [context.Context].
func (s *serving) Deadline() (time.Time, bool) { return s.deadline, true }

// Done implements [context.Context].
func (s *serving) Done() <-chan struct{} { return s.whole().Done() }

// Err implements [context.Context].
func (s *serving) Err() error { return s.whole().Err() }

// Value implements [context.Context]. What derives contexts from this one asks it for more than
// values, and finds it in the whole one.
func (s *serving) Value(key any) any { return s.whole().Value(key) }

// whole returns the context that it stands for.
func (s *serving) whole() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told == nil {
		s.told, s.cancel = context.WithDeadline(s.Context, s.deadline)
		if s.over {
			s.cancel()
		}
	}
	return s.told
}

// end ends it: the handler has returned.
func (s *serving) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	if s.cancel != nil {
		s.cancel()
	}
}
