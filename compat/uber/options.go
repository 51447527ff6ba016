package ringpop

import (
	"errors"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/uber-common/bark"

	"github.com/uber/ringpop-go/hashring"
	"github.com/uber/ringpop-go/logging"
	"github.com/uber/ringpop-go/shared"
	"github.com/uber/ringpop-go/util"
)

// Option is a setting for [New].
type Option func(*Ringpop) error

// AddressResolver returns the address of this node.
type AddressResolver func() (string, error)

// Periods at which checksums are reported.
const (
	// StatPeriodNever turns a report off.
	StatPeriodNever = time.Duration(-1)
	// StatPeriodDefault is the default.
	StatPeriodDefault = 5 * time.Second
)

// Channel is the channel to talk over. Required.
func Channel(ch shared.TChannel) Option {
	return func(rp *Ringpop) error {
		rp.channel = ch
		return nil
	}
}

// Address is the address of this node. Default: that of the channel.
func Address(address string) Option {
	return AddressResolverFunc(func() (string, error) { return address, nil })
}

// AddressResolverFunc is asked for the address of this node, at the first bootstrap and by
// WhoAmI.
func AddressResolverFunc(resolver AddressResolver) Option {
	return func(rp *Ringpop) error {
		if resolver == nil {
			return errors.New("address resolver is nil")
		}
		rp.config.address = resolver
		return nil
	}
}

// Identity places this node in the ring in place of its address. It must not look like an
// address.
func Identity(identity string) Option {
	return func(rp *Ringpop) error {
		if util.HostportPattern.MatchString(identity) {
			return ErrInvalidIdentity
		}
		rp.config.identity = identity
		return nil
	}
}

// HashRingConfig sets the number of places of each member in the ring.
func HashRingConfig(c *hashring.Configuration) Option {
	return func(rp *Ringpop) error {
		rp.config.replicaPoints = c.ReplicaPoints
		return nil
	}
}

// Clock is accepted and not used: the clock of a ringmend node cannot be replaced. It must
// not be nil.
func Clock(c clock.Clock) Option {
	return func(*Ringpop) error {
		if c == nil {
			return errors.New("clock is required")
		}
		return nil
	}
}

// Logger is where all Ringpops of the process log to.
func Logger(l bark.Logger) Option {
	return func(*Ringpop) error {
		logging.SetLogger(l)
		return nil
	}
}

// LogLevels sets the levels of named loggers, for all Ringpops of the process.
func LogLevels(levels map[string]logging.Level) Option {
	return func(*Ringpop) error { return logging.SetLevels(levels) }
}

// Statter is where measurements go.
func Statter(s bark.StatsReporter) Option {
	return func(rp *Ringpop) error {
		rp.config.stats = s
		return nil
	}
}

// MembershipChecksumStatPeriod is how often the checksum of the membership is reported.
func MembershipChecksumStatPeriod(period time.Duration) Option {
	return func(rp *Ringpop) (err error) {
		rp.config.periods.members, err = statPeriod(period)
		return err
	}
}

// RingChecksumStatPeriod is how often the checksum of the ring is reported.
func RingChecksumStatPeriod(period time.Duration) Option {
	return func(rp *Ringpop) (err error) {
		rp.config.periods.ring, err = statPeriod(period)
		return err
	}
}

// SuspectPeriod is how long a suspect has to refute. It is fixed when it is set; otherwise
// a suspect has less time the more nodes accuse it.
func SuspectPeriod(period time.Duration) Option {
	return func(rp *Ringpop) error {
		rp.config.protocol.SuspectPeriod = period
		return nil
	}
}

// FaultyPeriod is how long a faulty member is kept.
func FaultyPeriod(period time.Duration) Option {
	return func(rp *Ringpop) error {
		rp.config.protocol.FaultyPeriod = period
		return nil
	}
}

// TombstonePeriod is how long a tombstone is kept.
func TombstonePeriod(period time.Duration) Option {
	return func(rp *Ringpop) error {
		rp.config.protocol.TombstonePeriod = period
		return nil
	}
}

// LabelLimitCount is how many labels the application may set, up to 16.
func LabelLimitCount(count int) Option {
	return func(rp *Ringpop) error {
		rp.config.protocol.LabelLimits.Count = clamp(count, maxLabels)
		return nil
	}
}

// LabelLimitKeySize is how long in bytes keys may be, up to 256.
func LabelLimitKeySize(size int) Option {
	return func(rp *Ringpop) error {
		rp.config.protocol.LabelLimits.KeySize = clamp(size, maxLabelKey)
		return nil
	}
}

// LabelLimitValueSize is how long in bytes values may be, up to 1,024.
func LabelLimitValueSize(size int) Option {
	return func(rp *Ringpop) error {
		rp.config.protocol.LabelLimits.ValueSize = clamp(size, maxLabelValue)
		return nil
	}
}

// SelfEvictPingRatio is the share of the members that SelfEvict tells at once: none if
// negative, all if above 1.
func SelfEvictPingRatio(ratio float64) Option {
	return func(rp *Ringpop) error {
		rp.config.protocol.EvictPingRatio = min(max(ratio, leastPingRatio), 1)
		return nil
	}
}

// leastPingRatio rounds to no member; zero would mean the default.
const leastPingRatio = 1e-9

// RequiresAppInPing refuses pings that name no application.
func RequiresAppInPing(requiresAppInPing bool) Option {
	return func(rp *Ringpop) error {
		rp.config.protocol.RequireAppInPing = requiresAppInPing
		return nil
	}
}
