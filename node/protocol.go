package node

import (
	"cmp"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
)

// Protocol holds the tunables of the protocol. A field that is zero has the default that
// its comment names, and those are the values of the published Ringpop nodes unless it
// says otherwise. They may differ between the nodes of a cluster.
type Protocol struct {
	// Period is the least time between two probes of the failure detector. When members
	// take long to answer, it grows to twice the median of that. Default: 200 ms.
	Period time.Duration
	// PingTimeout is how long a member may take to answer a ping (default 1.5 s), and
	// PingRequestTimeout how long a helper may take to answer a ping-req (default 5 s).
	PingTimeout        time.Duration
	PingRequestTimeout time.Duration
	// PingRequestSize is how many helpers are asked to ping a member that did not
	// answer, from 1 to 100. Default: 3.
	PingRequestSize int
	// MaxProbes is how many probes may run at once, from 1 to 1,000. Default: 16; with
	// Ringpop's 1, one target that never answers delays all other probes.
	MaxProbes int
	// PiggybackFactor times the number of decimal digits of the cluster's size is how
	// often a change is passed on, from 1 to 1,000. Default: 15.
	PiggybackFactor int

	// SuspectPeriod is how long a suspect has to refute before it is faulty (default
	// 5 s), FaultyPeriod how long until a faulty member becomes a tombstone (24 h), and
	// TombstonePeriod how long until a tombstone is forgotten (1 min).
	SuspectPeriod   time.Duration
	FaultyPeriod    time.Duration
	TombstonePeriod time.Duration
	// Detection says how soon the node gives up on members that do not answer. Default:
	// [DetectionAdaptive], unless SuspectPeriod is set or Ringpop is.
	Detection Detection
	// MinSuspectPeriod is how long a suspect has to refute when several nodes accuse it, with
	// adaptive detection; with one accuser it has SuspectPeriod. Default: 1.25 s.
	MinSuspectPeriod time.Duration

	// JoinSize is how many hosts must answer a join before the node is ready, from 1 to
	// 1,000; fewer when discovery lists fewer. Default: 3.
	JoinSize int
	// JoinParallelism times the number of hosts that are missing is how many are asked
	// at once, from 1 to 100. Default: 2.
	JoinParallelism int
	// JoinTimeout is how long a host may take to answer a join. Default: 1 s.
	JoinTimeout time.Duration
	// JoinPatience is how long the node waits for JoinSize answers before it is content
	// with one. Default: 3 s; Ringpop waits for two minutes, and then gives up.
	JoinPatience time.Duration
	// JoinMaxDelay bounds the time between two attempts, which doubles from 100 ms on.
	// Default: 5 s; Ringpop's is a minute.
	JoinMaxDelay time.Duration

	// RequireAppInPing also refuses pings that name no app, as those of ringpop-node do.
	RequireAppInPing bool
	// RequireApp also refuses requests and answers of any kind that name no app. All nodes
	// must be ringmend's, version 0.2 or later, without Ringpop: the published ones name
	// it in joins and pings at most.
	RequireApp bool
	// MaxMembers bounds the number of members, which keeps a broken peer from exhausting
	// memory: at most 32,768, which is the default.
	MaxMembers int
	// MaxFullSyncs is how many memberships are fetched at once from nodes that have
	// asked with another checksum, from 1 to 1,000. Default: 5.
	MaxFullSyncs int
	// EvictPingRatio is the share of the members that are told at once when the node
	// evicts itself, up to 1. Default: 0.4.
	EvictPingRatio float64
	// LabelLimits are how many labels an application may set (default 5), and how long
	// in bytes their keys (32) and values (128) may be. Nodes refuse those above 16, 256
	// and 1,024 of each other.
	LabelLimits swim.LabelLimits
	// MaxAhead is how far in the future an incarnation may lie and still be believed.
	// Default: 100 years, which believes any clock that is merely wrong.
	MaxAhead time.Duration

	// Healing is how the node finds the other side of a partition.
	Healing Healing

	// Ringpop makes the node do on the wire what the published nodes do, and nothing
	// more: their rules, one probe at a time, two minutes of JoinPatience, a minute of
	// JoinMaxDelay, and a heal every 30 s with probability 3/n. See docs/protocol.md.
	Ringpop bool
}

// Healing holds the tunables of healing; see [Protocol] for what zero means. What it costs
// does not depend on the size of the cluster: the nodes of a side take turns.
type Healing struct {
	// Disabled turns off healing on the node's own account. It still heals on demand.
	Disabled bool
	// FastInterval is the time between two attempts of a whole side after a partition was
	// suspected (default 500 ms), for FastFor (90 s). Then it doubles each FastFor, up to
	// SlowInterval (10 s), which is also the interval while no partition is suspected.
	FastInterval time.Duration
	FastFor      time.Duration
	SlowInterval time.Duration
	// JoinTimeout and PingTimeout are how long a target may take to answer; a whole
	// membership must travel in that time. Default: 1 s each.
	JoinTimeout time.Duration
	PingTimeout time.Duration
	// MaxFailures is how many targets that do not answer end an attempt on demand.
	// Default: 10.
	MaxFailures int
	// FollowUps is how often a target is visited again while members must reincarnate
	// before a merge. Default: 8.
	FollowUps int
}

// apply changes the settings of a core to those that p names.
func (p *Protocol) apply(c *core.Config) {
	if p.Ringpop {
		c.Ringpop()
	}
	s := &c.Swim
	set(&s.ProtocolPeriod, p.Period)
	set(&s.PingTimeout, p.PingTimeout)
	set(&s.PingRequestTimeout, p.PingRequestTimeout)
	set(&s.PingRequestSize, p.PingRequestSize)
	set(&s.MaxProbes, p.MaxProbes)
	set(&s.PiggybackFactor, p.PiggybackFactor)
	set(&s.SuspectPeriod, p.SuspectPeriod)
	set(&s.FaultyPeriod, p.FaultyPeriod)
	set(&s.TombstonePeriod, p.TombstonePeriod)
	set(&s.JoinSize, p.JoinSize)
	set(&s.JoinParallelism, p.JoinParallelism)
	set(&s.JoinTimeout, p.JoinTimeout)
	set(&s.JoinPatience, p.JoinPatience)
	set(&s.JoinMaxDelay, p.JoinMaxDelay)
	set(&s.MaxMembers, p.MaxMembers)
	set(&s.MaxFullSyncs, p.MaxFullSyncs)
	set(&s.EvictPingRatio, p.EvictPingRatio)
	set(&s.LabelLimits.Count, p.LabelLimits.Count)
	set(&s.LabelLimits.KeySize, p.LabelLimits.KeySize)
	set(&s.LabelLimits.ValueSize, p.LabelLimits.ValueSize)
	set(&s.MaxAhead, p.MaxAhead)
	s.RequireAppInPing, s.RequireApp = p.RequireAppInPing, p.RequireApp
	p.applyDetection(&s.Detection)
	p.Healing.apply(c)
}

func (h *Healing) apply(c *core.Config) {
	c.Heal.Disabled = h.Disabled
	set(&c.Heal.FastInterval, h.FastInterval)
	set(&c.Heal.FastFor, h.FastFor)
	set(&c.Heal.SlowInterval, h.SlowInterval)
	set(&c.Heal.JoinTimeout, h.JoinTimeout)
	set(&c.Heal.PingTimeout, h.PingTimeout)
	set(&c.Heal.MaxFailures, h.MaxFailures)
	set(&c.Heal.FollowUps, h.FollowUps)
}

// set changes a setting unless the value is zero.
func set[T cmp.Ordered](setting *T, value T) { *setting = cmp.Or(value, *setting) }
