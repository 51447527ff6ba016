package ringpop

import (
	"errors"
	"time"

	"github.com/uber-common/bark"
	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/compat/pop"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/tchan/onchannel"
	"github.com/ringmend/ringmend/node/wire"
	"github.com/uber/ringpop-go/internal/barklog"
	"github.com/uber/ringpop-go/logging"
)

// config is what options change.
type config struct {
	app           string
	identity      string
	address       func() (string, error)
	protocol      node.Protocol
	replicaPoints int
	stats         bark.StatsReporter
	periods       statPeriods
}

func newConfig(app string) *config {
	c := &config{app: app, periods: statPeriods{members: StatPeriodDefault, ring: StatPeriodDefault}}
	c.protocol.LabelLimits.Count = labelCount
	return c
}

// options returns the options of the ring, which is not made before its first bootstrap.
func (rp *Ringpop) options() pop.Options {
	c := rp.config
	o := pop.Options{
		App:           c.app,
		Identity:      c.identity,
		Address:       c.address,
		Transport:     rp.transport,
		Protocol:      c.protocol,
		ReplicaPoints: c.replicaPoints,
		Logger:        barklog.New(logging.Logger("node")),
	}
	if c.stats != nil {
		rp.stats = newStats(rp, c.stats, c.periods)
		o.Listener, o.Observe = rp.stats.listen, rp.stats.observe
	}
	return o
}

// transport registers the endpoints on the channel, at the first bootstrap.
func (rp *Ringpop) transport() (node.Transport, error) {
	if rp.channel.State() != tchannel.ChannelListening {
		return nil, ErrChannelNotListening
	}
	return onchannel.New(rp.channel, onchannel.Options{})
}

// clamp keeps limits within what nodes accept of each other: larger ones, which
// ringpop-go allows, would make New fail.
func clamp(value, most int) int { return min(value, most) }

var errPeriod = errors.New("stat period invalid below 10 ms")

// statPeriod returns a period at which a checksum is reported; never if it is not positive.
func statPeriod(period time.Duration) (time.Duration, error) {
	switch {
	case period <= 0:
		return StatPeriodNever, nil
	case period < 10*time.Millisecond:
		return 0, errPeriod
	}
	return period, nil
}

const (
	maxLabels     = wire.MaxLabels / 2
	maxLabelKey   = wire.MaxLabelKey
	maxLabelValue = wire.MaxLabelValue
)
