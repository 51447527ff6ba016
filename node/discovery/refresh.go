package discovery

import (
	"context"
	"sync"
	"time"
)

const (
	// DefaultRefresh is how long a list counts as new.
	DefaultRefresh = 10 * time.Second
	// The pauses after failures, from the first to the longest.
	firstPause, lastPause = time.Second, time.Minute
)

// Refresh limits how often a provider is asked: a list is used for a while, and after a
// failure the next attempt waits, longer each time, up to a minute. Meanwhile it returns
// the last list with the error. Its fields must not be changed once it is used.
type Refresh struct {
	Provider Provider
	// Every is how long a list counts as new. Default: [DefaultRefresh].
	Every time.Duration

	mu    sync.Mutex // held while the provider is asked
	list  []string   // the last one
	err   error      // of the last attempt
	next  time.Time  // when it is asked again
	pause time.Duration
}

// Hosts returns the list, and the error of the last attempt, with which the list is the
// one before.
func (r *Refresh) Hosts(ctx context.Context) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if now.Before(r.next) {
		return r.list, r.err
	}
	list, err := r.Provider.Hosts(ctx)
	if err != nil {
		r.pause = min(max(2*r.pause, firstPause), lastPause)
		r.err, r.next = err, time.Now().Add(r.pause)
		return r.list, err
	}
	every := r.Every
	if every <= 0 {
		every = DefaultRefresh
	}
	r.list, r.err, r.pause, r.next = list, nil, 0, time.Now().Add(every)
	return list, nil
}
