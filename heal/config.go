package heal

import (
	"fmt"
	"time"

	"github.com/ringmend/ringmend/node/swim"
)

// Config holds the settings of a healer.
type Config struct {
	// Period is the time between two rounds, in each of which a node looks for
	// another side with a probability of BaseProbability divided by the number
	// of reachable members, so that the whole cluster does so about
	// BaseProbability times a period whatever its size. Ringpop: 30 s and 3.
	Period          time.Duration
	BaseProbability float64
	// JoinTimeout and PingTimeout are how long a target may take to answer.
	JoinTimeout time.Duration
	PingTimeout time.Duration
	// MaxFailures is how many targets that do not answer end an attempt on
	// demand. In a round of its own a healer gives up after the first: a list of
	// dead addresses must cost little.
	MaxFailures int
	// FollowUps is how often, and FollowUpDelay how long after the last time, a
	// target is visited again while members there or here must reincarnate. The
	// delay doubles each time.
	FollowUps     int
	FollowUpDelay time.Duration
}

// DefaultConfig returns the settings for production use.
func DefaultConfig() Config {
	return Config{
		Period:          30 * time.Second,
		BaseProbability: 3,
		JoinTimeout:     time.Second,
		PingTimeout:     time.Second,
		MaxFailures:     10,
		FollowUps:       4,
		FollowUpDelay:   time.Second,
	}
}

// Validate returns an error that wraps [swim.ErrConfig] and names the first
// setting that makes no sense.
func (c *Config) Validate() error {
	switch {
	case c.Period <= 0 || c.JoinTimeout <= 0 || c.PingTimeout <= 0 || c.FollowUpDelay <= 0:
		return fmt.Errorf("%w: the times of healing must be positive", swim.ErrConfig)
	case !(c.BaseProbability >= 0):
		return fmt.Errorf("%w: BaseProbability is %v, it must be at least 0", swim.ErrConfig, c.BaseProbability)
	case c.MaxFailures < 1 || c.FollowUps < 0:
		return fmt.Errorf("%w: MaxFailures must be at least 1 and FollowUps at least 0", swim.ErrConfig)
	}
	return nil
}
