package resolve

import "time"

// Clockwork says when a membership has been at rest for long enough to decide, or has
// been restless for too long. It gets all changes, and is checked each tick. The zero value
// with its two settings is ready to use.
type Clockwork struct {
	StableAfter   time.Duration
	UnstableAfter time.Duration // 0: a membership may be restless for ever

	first time.Time // reachability change of the uncertain period; zero: there is none
	last  time.Time // change
}

// Due says whether to decide.
type Due uint8

// The results of [Clockwork.Look].
const (
	NotDue   Due = iota
	Rested       // nothing has changed for StableAfter
	Restless     // the uncertain period is older than StableAfter + UnstableAfter
)

// Changed restarts the time of rest.
func (c *Clockwork) Changed(now time.Time) { c.last = now }

// Unsure begins an uncertain period, if none has begun.
func (c *Clockwork) Unsure(now time.Time) {
	if c.first.IsZero() {
		c.first = now
	}
}

// Calm ends the uncertain period.
func (c *Clockwork) Calm() { c.first = time.Time{} }

// Look says what is due at a time.
func (c *Clockwork) Look(now time.Time) Due {
	switch {
	case c.UnstableAfter > 0 && !c.first.IsZero() && now.Sub(c.first) > c.StableAfter+c.UnstableAfter:
		return Restless
	case now.Sub(c.last) >= c.StableAfter:
		return Rested
	}
	return NotDue
}

// Last returns when something changed last.
func (c *Clockwork) Last() time.Time { return c.last }

// First returns when the uncertain period began; zero: there is none.
func (c *Clockwork) First() time.Time { return c.first }

// Deadline returns when something is due if nothing changes any more.
func (c *Clockwork) Deadline() time.Time {
	at := c.last.Add(c.StableAfter)
	if c.UnstableAfter > 0 && !c.first.IsZero() {
		if end := c.first.Add(c.StableAfter + c.UnstableAfter); end.Before(at) {
			return end
		}
	}
	return at
}
