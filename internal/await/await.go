package await

import (
	"testing"
	"time"
)

// The pause between two checks doubles from the first to the longest: fast conditions are
// seen at once, and slow ones are not checked all the time.
const (
	firstPause   = 20 * time.Microsecond
	longestPause = 50 * time.Millisecond
)

// Patience is how long a test waits for something that takes moments on an idle
// machine. It only limits how long a hung test lasts: no result may depend on it.
const Patience = 2 * time.Minute

// Until polls until missing returns nothing, and returns how long that took. missing
// describes what is missing; after the limit the test fails with that text.
func Until(t testing.TB, limit time.Duration, missing func() string) time.Duration {
	t.Helper()
	start := time.Now()
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		text := missing()
		if text == "" {
			return time.Since(start)
		}
		if time.Since(start) > limit {
			t.Fatalf("waited %v in vain: %s", limit, text)
		}
		time.Sleep(pause)
	}
}

// True is [Until] for a condition; what says which one it is.
func True(t testing.TB, limit time.Duration, what string, condition func() bool) {
	t.Helper()
	Until(t, limit, func() string {
		if condition() {
			return ""
		}
		return what
	})
}
