package rig

import (
	"context"
	"time"
)

// Pause waits, unless ctx ends before.
func Pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// tryEvery is between two tries of [Until].
const tryEvery = 100 * time.Millisecond

// Until tries until there is no error, and returns the last one when the limit is over.
func Until(limit time.Duration, try func() error) error {
	for began := time.Now(); ; time.Sleep(tryEvery) {
		err := try()
		if err == nil || time.Since(began) >= limit {
			return err
		}
	}
}
