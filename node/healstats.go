package node

import (
	"context"
	"maps"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// EndpointHealStats is where a node shows its [HealStats] to tools. It is not an
// endpoint of Ringpop's, whose clients validate the answers strictly.
const EndpointHealStats = "/admin/heal/stats"

// HealStatsVersion is the version of [HealStats]. Fields are added without a new
// one; it is raised when a field goes or changes its meaning.
const HealStatsVersion = 1

// HealStats are the figures of healing of one node, counted since it was started.
// Another node may have done the work: each tells what it has seen and done.
type HealStats struct {
	Version int       `json:"version"`
	Address string    `json:"address"`
	Since   time.Time `json:"since"` // when counting began
	Now     HealNow   `json:"now"`

	Suspected uint64 `json:"suspected"` // how often a partition was suspected
	Whole     uint64 `json:"whole"`     // how often nobody was missing any more after that

	// Found is how often a member that was held faulty has sent a request. What it
	// said of others was not taken.
	Found uint64 `json:"found"`

	// Probes are questions for the membership of a node that may be on another
	// side; those in Again followed a reincarnation.
	Probes       uint64            `json:"probes"`
	ProbesAgain  uint64            `json:"probesAgain"`
	ProbesFailed map[Reason]uint64 `json:"probesFailed"`
	Reached      uint64            `json:"reached"` // probes that were answered

	// Reincarnations are the rounds in which members were asked to reincarnate,
	// of which there were so many on our side and on theirs.
	Reincarnations       uint64            `json:"reincarnations"`
	ReincarnationsFailed map[Reason]uint64 `json:"reincarnationsFailed"`
	MembersOurs          uint64            `json:"membersOurs"`
	MembersTheirs        uint64            `json:"membersTheirs"`

	Merges       uint64            `json:"merges"` // that both sides took
	MergesFailed map[Reason]uint64 `json:"mergesFailed"`

	Bytes HealBytes `json:"bytes"`

	// Durations are in seconds.
	SuspectedToMerge Histogram `json:"suspectedToMerge"` // merges by this node
	SuspectedToWhole Histogram `json:"suspectedToWhole"`
	// BackToWhole begins when this node first reaches another side, or hears that
	// a member lives that it held faulty: this is the nearest to the network's
	// return that a node can know.
	BackToWhole Histogram `json:"backToWhole"`
	// ProbeToMerge is from the first visit of a target to the merge with it.
	ProbeToMerge Histogram `json:"probeToMerge"`

	TheirMembers  Histogram `json:"theirMembers"`  // sizes of the memberships of those reached
	Reincarnating Histogram `json:"reincarnating"` // members in a round, both sides together
}

// HealNow is how things stand.
type HealNow struct {
	Suspected   bool      `json:"suspected"` // the cluster may be split
	SuspectedAt time.Time `json:"suspectedAt,omitzero"`
	// ProbeSeconds is the time between two probes of this side as a whole; 0 when
	// the node heals on demand only.
	ProbeSeconds float64 `json:"probeSeconds"`
	Reachable    int     `json:"reachable"` // members on this side
	// Faulty and Tombstones are the members that may be on another side. Hosts
	// that only discovery lists come on top.
	Faulty     int `json:"faulty"`
	Tombstones int `json:"tombstones"`
}

// HealBytes are the sizes of the bodies that the healer has sent and got, of
// calls that were answered. Gossip afterwards is not in them.
type HealBytes struct {
	JoinsOut uint64 `json:"joinsOut"`
	JoinsIn  uint64 `json:"joinsIn"` // memberships of others
	PingsOut uint64 `json:"pingsOut"`
	PingsIn  uint64 `json:"pingsIn"`
}

func (n *Node) adminHealStats(context.Context) (any, error) { return n.HealStats(), nil }

// HealStats returns the figures of healing as [EndpointHealStats] shows them.
func (n *Node) HealStats() *HealStats {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.healing.snapshot()
	s.Version = HealStatsVersion
	s.Address = string(n.address)
	s.Since = n.started
	n.core.Node().Each(func(m *swim.Member) bool {
		switch {
		case m.Status.Pingable():
			s.Now.Reachable++
		case m.Status == wire.Faulty:
			s.Now.Faulty++
		case m.Status == wire.Tombstone:
			s.Now.Tombstones++
		}
		return true
	})
	return s
}

// snapshot returns a copy that does not change any more.
func (h *healCounts) snapshot() *HealStats {
	s := h.stats
	for _, counts := range []*map[Reason]uint64{&s.ProbesFailed, &s.ReincarnationsFailed, &s.MergesFailed} {
		*counts = maps.Clone(*counts)
	}
	for _, histogram := range []*Histogram{
		&s.SuspectedToMerge, &s.SuspectedToWhole, &s.BackToWhole, &s.ProbeToMerge, &s.TheirMembers, &s.Reincarnating,
	} {
		*histogram = histogram.clone()
	}
	return &s
}
