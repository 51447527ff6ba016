package heal

import (
	"fmt"
	"time"

	"github.com/ringmend/ringmend/node/swim"
)

// Config holds the settings of a healer.
//
// What attempts cost does not depend on the size of a cluster: the nodes of a side
// take turns, and together make one attempt in each interval. An attempt is a join request,
// whose answer is a whole membership: 1.7 KB at 10 nodes, 17 KB at 100, 165 KB at 1,000
// and 1.7 MB at 10,000; one that reaches no node is a connection attempt. A heal
// costs its healer 3.8 memberships: 8.4 KB, 64 KB, 631 KB and 6.3 MB.
type Config struct {
	// Disabled turns off healing on the node's own account. It still heals on
	// demand.
	Disabled bool
	// Ringpop keeps to the rules of the published nodes: a round every
	// RingpopPeriod, counted from the start, in which a node looks for another
	// side with a probability of RingpopProbability over the number of hosts;
	// over the hosts of discovery only; and a single visit to each target. Of a
	// cluster of any size 6 rounds a minute, each with up to MaxFailures dials.
	Ringpop            bool
	RingpopPeriod      time.Duration
	RingpopProbability float64

	// FastInterval is the time between two attempts of a whole side after a
	// partition was suspected, for FastFor; then it doubles each FastFor, up to
	// SlowInterval, which is that of quiet times, too. With 500 ms, 90 s and 10 s, a
	// side that stays cut off makes 180 attempts in the first minute and a half and 6 a
	// minute after seven and a half, at 10 nodes as at 10,000. The other side does the
	// same, so a split that lasted longer is found after a quarter of SlowInterval on average.
	FastInterval time.Duration
	FastFor      time.Duration
	SlowInterval time.Duration

	// JoinTimeout and PingTimeout are how long a target may take to answer. A
	// membership must travel in that time: 1.7 MB at 10,000 nodes. An attempt on
	// the healer's own account waits for four fifths of the interval, if that is longer.
	JoinTimeout time.Duration
	PingTimeout time.Duration
	// MaxFailures is how many targets that do not answer end an attempt on
	// demand; and how many hosts of discovery it finds out to be members by another
	// address. On its own account a healer gives up after the first: a list of
	// dead addresses must cost little.
	MaxFailures int
	// FollowUps is how often a target is visited again while members must
	// reincarnate before a merge. Each costs their membership, and the suspects,
	// once more.
	FollowUps int
}

// DefaultConfig returns the settings for production use.
func DefaultConfig() Config {
	return Config{
		RingpopPeriod:      30 * time.Second,
		RingpopProbability: 3,
		FastInterval:       500 * time.Millisecond,
		FastFor:            90 * time.Second,
		SlowInterval:       10 * time.Second,
		JoinTimeout:        time.Second,
		PingTimeout:        time.Second,
		MaxFailures:        10,
		FollowUps:          8,
	}
}

// Validate returns an error that wraps [swim.ErrConfig] and names the first
// setting that makes no sense.
func (c *Config) Validate() error {
	for _, s := range []struct {
		name  string
		value time.Duration
	}{
		{"RingpopPeriod", c.RingpopPeriod},
		{"FastInterval", c.FastInterval},
		{"FastFor", c.FastFor},
		{"SlowInterval", c.SlowInterval},
		{"JoinTimeout", c.JoinTimeout},
		{"PingTimeout", c.PingTimeout},
	} {
		if s.value <= 0 {
			return fmt.Errorf("%w: %s is %v, it must be positive", swim.ErrConfig, s.name, s.value)
		}
	}
	switch {
	case c.SlowInterval < c.FastInterval:
		return fmt.Errorf("%w: SlowInterval is %v, less than FastInterval", swim.ErrConfig, c.SlowInterval)
	case !(c.RingpopProbability >= 0):
		return fmt.Errorf("%w: RingpopProbability is %v, it must be at least 0", swim.ErrConfig, c.RingpopProbability)
	case c.MaxFailures < 1 || c.FollowUps < 0:
		return fmt.Errorf("%w: MaxFailures must be at least 1 and FollowUps at least 0", swim.ErrConfig)
	}
	return nil
}
