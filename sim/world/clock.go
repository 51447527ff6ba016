package world

import "time"

// Epoch is the time of day at which every run starts.
var Epoch = time.UnixMilli(1_700_000_000_000).UTC()

// clock is the clock of one host. It is off by a fixed amount, and fast or slow at a
// constant rate.
//
// A core is given times that only go forward, as a process with a monotonic
// clock has them; so an offset is chosen when a process starts and does not
// change during its life.
type clock struct {
	base   time.Time     // what it showed at origin
	origin time.Duration // in time of the run
	ppm    int64         // how fast it is: microseconds gained in a second
}

const million = 1_000_000

// at returns what the clock shows at a time of the run.
func (c *clock) at(t time.Duration) time.Time {
	d := t - c.origin
	if c.ppm != 0 {
		n := int64(d)
		d += time.Duration(n/million*c.ppm + n%million*c.ppm/million)
	}
	return c.base.Add(d)
}

// when returns the first time of the run at which the clock shows at least
// local.
func (c *clock) when(local time.Time) time.Duration {
	d := local.Sub(c.base)
	if c.ppm == 0 {
		return c.origin + d
	}
	t := c.origin + time.Duration(float64(d)*million/float64(million+c.ppm)) - 1
	for c.at(t).Before(local) {
		t++
	}
	return t
}

// drift changes the rate from t on.
func (c *clock) drift(t time.Duration, ppm int64) {
	*c = clock{base: c.at(t), origin: t, ppm: ppm}
}
