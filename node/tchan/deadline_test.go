package tchan

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

type servingKey struct{}

// What a handler is given behaves as a context with a deadline does, whenever it is asked.
func TestTheContextOfAHandler(t *testing.T) {
	const limit = time.Minute
	endings := map[string]struct {
		end  func(s *serving, stop context.CancelFunc)
		want error
	}{
		"its time is over":        {func(*serving, context.CancelFunc) { time.Sleep(limit) }, context.DeadlineExceeded},
		"the handler returns":     {func(s *serving, _ context.CancelFunc) { s.end() }, context.Canceled},
		"the transport is closed": {func(_ *serving, stop context.CancelFunc) { stop() }, context.Canceled},
	}
	for name, ending := range endings {
		for _, asked := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				parent, stop := context.WithCancel(context.WithValue(t.Context(), servingKey{}, 7))
				defer stop()
				s := newServing(parent, time.Now().Add(limit))
				defer s.end()
				derived := context.Context(nil)
				if asked {
					var cancel context.CancelFunc
					derived, cancel = context.WithCancel(s)
					defer cancel()
					if s.Err() != nil || derived.Err() != nil || s.Value(servingKey{}) != 7 {
						t.Errorf("%s: at first %v, %v, %v", name, s.Err(), derived.Err(), s.Value(servingKey{}))
					}
				}
				if at, ok := s.Deadline(); !ok || time.Until(at) != limit {
					t.Errorf("%s: deadline %v, %v", name, at, ok)
				}
				ending.end(s, stop)
				synctest.Wait()
				if err := s.Err(); !errors.Is(err, ending.want) {
					t.Errorf("%s, asked before: %v: %v", name, asked, err)
				}
				select {
				case <-s.Done():
				default:
					t.Errorf("%s, asked before: %v: it is not done", name, asked)
				}
				if derived != nil && derived.Err() == nil {
					t.Errorf("%s: a derived context lives on", name)
				}
			})
		}
	}
}
