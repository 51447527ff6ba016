package swim

import (
	"errors"
	"fmt"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// Config holds the settings of a node. Start from [DefaultConfig], whose values
// are those of the published Ringpop nodes unless a comment says otherwise.
type Config struct {
	// Address is what the node is known by. Required.
	Address wire.Address
	// App names the application. Nodes of another app are refused. Required.
	App string
	// RequireAppInPing also refuses pings that name no app. RequireApp refuses all requests
	// and answers that do: those of published nodes, and of nodes with AppInPingsOnly.
	RequireAppInPing, RequireApp bool
	// Labels are the node's first labels, the internal ones included, and
	// LabelLimits what an application may set. FlavourNode has none.
	Labels      map[string]string
	LabelLimits LabelLimits
	// Flavour must be the same on all nodes of a cluster.
	Flavour Flavour
	// Shared is storage that simulated nodes have in common; nil for all others, which
	// keep their own.
	Shared *Shared

	// ProtocolPeriod is the least time between two probes. When members take
	// long to answer, the period grows to twice the median of that.
	ProtocolPeriod time.Duration
	// PingTimeout is how long a member may take to answer a ping, and
	// PingRequestTimeout how long a helper may take to answer a ping-req.
	PingTimeout        time.Duration
	PingRequestTimeout time.Duration
	// PingRequestSize is how many helpers are asked to ping a member that did
	// not answer.
	PingRequestSize int
	// MaxProbes bounds how many probes run at once. Ringpop runs one: there a
	// target that never answers holds up the detection of all other failures.
	MaxProbes int
	// PiggybackFactor times the decimal magnitude of the cluster is how often a
	// change is sent on.
	PiggybackFactor int

	// SuspectPeriod is how long a suspect has to refute before it is faulty,
	// FaultyPeriod how long until a faulty member becomes a tombstone, and
	// TombstonePeriod how long until a tombstone is forgotten.
	SuspectPeriod   time.Duration
	FaultyPeriod    time.Duration
	TombstonePeriod time.Duration

	// JoinSize is how many hosts must answer a join before the node is ready,
	// and JoinParallelism times the missing ones is how many are asked at once.
	JoinSize        int
	JoinParallelism int
	JoinTimeout     time.Duration
	// JoinPatience is how long the node waits for JoinSize answers before it is
	// content with one. Ringpop waits for two minutes, and then gives up.
	JoinPatience time.Duration
	// JoinMaxDelay bounds the exponentially growing time between attempts.
	JoinMaxDelay time.Duration

	// MaxFullSyncs bounds how many memberships are fetched at once from nodes
	// that asked with another checksum.
	MaxFullSyncs int
	// EvictPingRatio is the share of the members that are told at once when the
	// node evicts itself, from 0 to 1.
	EvictPingRatio float64

	// MaxMembers bounds the table: a faulty peer must not exhaust the
	// memory. At most [wire.MaxChanges], or full syncs would be refused.
	MaxMembers int
	// MaxAhead is how far in the future of most members' incarnations, and of the node's
	// own clock, an incarnation may lie and still be believed. It is generous:
	// any clock that is merely wrong is believed, as that of a board that boots in 1970,
	// 56 years behind. The room above it lets a node out-bid an accusation.
	MaxAhead time.Duration

	// Detection says how soon the node gives up on members that do not answer. Default:
	// [AdaptiveDetection]; the zero value is Ringpop's.
	Detection Detection

	// Rules are where this project's nodes and the published ones differ. The zero
	// value is this project's.
	Rules Rules
}

// DefaultConfig returns the settings for a node of the given app and address.
func DefaultConfig(app string, address wire.Address) Config {
	return Config{
		Address:            address,
		App:                app,
		ProtocolPeriod:     200 * time.Millisecond,
		PingTimeout:        1500 * time.Millisecond,
		PingRequestTimeout: 5 * time.Second,
		PingRequestSize:    3,
		MaxProbes:          16,
		PiggybackFactor:    15,
		SuspectPeriod:      5 * time.Second,
		Detection:          AdaptiveDetection(),
		FaultyPeriod:       24 * time.Hour,
		TombstonePeriod:    time.Minute,
		JoinSize:           3,
		JoinParallelism:    2,
		JoinTimeout:        time.Second,
		JoinPatience:       3 * time.Second,
		JoinMaxDelay:       5 * time.Second,
		LabelLimits:        LabelLimits{Count: 5, KeySize: 32, ValueSize: 128},
		MaxFullSyncs:       5,
		EvictPingRatio:     0.4,
		MaxMembers:         wire.MaxChanges,
		MaxAhead:           100 * 365 * 24 * time.Hour,
	}
}

// ErrConfig is wrapped by the errors of [Config.Validate].
var ErrConfig = errors.New("invalid configuration")

type durationSetting struct {
	name  string
	value time.Duration
}

// checkPositive returns an error that names the first setting that is not positive.
func checkPositive(settings []durationSetting) error {
	for _, s := range settings {
		if s.value <= 0 {
			return fmt.Errorf("%w: %s is %v, it must be positive", ErrConfig, s.name, s.value)
		}
	}
	return nil
}

type intSetting struct {
	name            string
	value, min, max int
}

// checkRange returns an error that names the first setting out of its range.
func checkRange(settings []intSetting) error {
	for _, s := range settings {
		if s.value < s.min || s.value > s.max {
			return fmt.Errorf("%w: %s is %d, it must be from %d to %d", ErrConfig, s.name, s.value, s.min, s.max)
		}
	}
	return nil
}

// Validate returns an error that names the first setting that makes no sense.
func (c *Config) Validate() error {
	if _, err := wire.ParseAddress(string(c.Address)); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if c.App == "" {
		return fmt.Errorf("%w: no app", ErrConfig)
	}
	if err := checkPositive([]durationSetting{
		{"ProtocolPeriod", c.ProtocolPeriod},
		{"PingTimeout", c.PingTimeout},
		{"PingRequestTimeout", c.PingRequestTimeout},
		{"SuspectPeriod", c.SuspectPeriod},
		{"FaultyPeriod", c.FaultyPeriod},
		{"TombstonePeriod", c.TombstonePeriod},
		{"JoinTimeout", c.JoinTimeout},
		{"JoinPatience", c.JoinPatience},
		{"JoinMaxDelay", c.JoinMaxDelay},
		{"MaxAhead", c.MaxAhead},
	}); err != nil {
		return err
	}
	if err := checkRange([]intSetting{
		{"PingRequestSize", c.PingRequestSize, 1, 100},
		{"MaxProbes", c.MaxProbes, 1, 1000},
		{"PiggybackFactor", c.PiggybackFactor, 1, 1000},
		{"JoinSize", c.JoinSize, 1, 1000},
		{"JoinParallelism", c.JoinParallelism, 1, 100},
		{"MaxFullSyncs", c.MaxFullSyncs, 1, 1000},
		{"MaxMembers", c.MaxMembers, 1, wire.MaxChanges},
	}); err != nil {
		return err
	}
	if !(c.EvictPingRatio >= 0 && c.EvictPingRatio <= 1) {
		return fmt.Errorf("%w: EvictPingRatio is %v, it must be from 0 to 1", ErrConfig, c.EvictPingRatio)
	}
	if c.Shared != nil && c.Shared.Flavour() != c.Flavour {
		return fmt.Errorf("%w: the shared storage is of flavour %v, the node of %v", ErrConfig, c.Shared.Flavour(), c.Flavour)
	}
	if err := c.Detection.validate(); err != nil {
		return err
	}
	if err := c.checkLabels(); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return nil
}

// checkLabels looks at the limits, too: what exceeds those of package wire
// would be refused by the other nodes.
func (c *Config) checkLabels() error {
	l := c.LabelLimits
	if l.Count < 0 || l.Count > wire.MaxLabels/2 || l.KeySize < 0 || l.KeySize > wire.MaxLabelKey || l.ValueSize < 0 || l.ValueSize > wire.MaxLabelValue {
		return fmt.Errorf("%w: limits of %d labels of %d and %d bytes, they may be at most %d, %d and %d",
			ErrLabelLimit, l.Count, l.KeySize, l.ValueSize, wire.MaxLabels/2, wire.MaxLabelKey, wire.MaxLabelValue)
	}
	return c.mayHave(c.Labels)
}

// mayHave returns an error if the node may not have these labels.
func (c *Config) mayHave(labels map[string]string) error {
	if len(labels) > 0 && !c.Flavour.HasLabels() {
		return ErrLabelFlavour
	}
	return c.LabelLimits.check(labels)
}
