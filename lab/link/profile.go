package link

import (
	"errors"
	"fmt"
	"time"
)

// DefaultQueue is how many packets may wait for a link with a rate.
const DefaultQueue = 1000

// Profile is what a link does to packets in one direction. The zero value delivers
// all of them at once.
type Profile struct {
	// Delay is the time from one end to the other.
	Delay time.Duration
	// Jitter is the standard deviation of the delay, as a fraction of it. The delay is
	// drawn from a normal distribution and never negative. Packets keep their order.
	Jitter float64
	// Loss, Duplicate and Reorder are probabilities, from 0 to 1, of each packet.
	// A reordered packet is held back by half of the delay, but at least a
	// millisecond, and those behind it may overtake it.
	Loss, Duplicate, Reorder float64
	// Rate is how many bits a second the link can send, 0 for any number. Packets wait
	// for those before them, and are dropped when Queue (0: [DefaultQueue]) of them do.
	Rate  float64
	Queue int
}

// Limits of what makes sense, against slips of the pen.
const (
	maxDelay = time.Minute
	maxQueue = 1_000_000
)

// Validate returns an error when a value makes no sense.
func (p Profile) Validate() error {
	if p.Delay < 0 || p.Delay > maxDelay {
		return fmt.Errorf("latency %v is not from 0 to %v", p.Delay, maxDelay)
	}
	if !(p.Jitter >= 0 && p.Jitter <= 10) {
		return fmt.Errorf("jitter %g is not a fraction of the latency from 0 to 10", p.Jitter)
	}
	for _, chance := range []struct {
		name  string
		value float64
	}{{"loss", p.Loss}, {"duplicate", p.Duplicate}, {"reorder", p.Reorder}} {
		if !(chance.value >= 0 && chance.value <= 1) {
			return fmt.Errorf("%s is %g %%, it must be from 0 to 100", chance.name, 100*chance.value)
		}
	}
	if !(p.Rate == 0 || p.Rate >= 1000 && p.Rate <= 1e12) {
		return fmt.Errorf("rate %g bit/s is neither 0 nor from 1,000 to 1e12", p.Rate)
	}
	if p.Queue < 0 || p.Queue > maxQueue {
		return errors.New("the queue of a link is from 0 to 1,000,000 packets")
	}
	return nil
}

// A Change is what a fault adds to a link while it lasts.
type Change struct {
	Delay time.Duration // added to the delay
	Loss  float64       // lost in addition, of those that would arrive
}
