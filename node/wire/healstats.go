package wire

import "time"

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
	Whole     uint64 `json:"whole"`     // how often no member was missing any more after that

	// Found is how often a member that was held faulty has sent a request. What it
	// said of others was not taken.
	Found uint64 `json:"found"`

	// Attempts are questions for the membership of a node that may be on another
	// side; those in Again followed a reincarnation. (The keys of the JSON say probes, and
	// stay, for the tools that read them. A probe is otherwise that of the failure
	// detector.)
	Attempts       uint64            `json:"probes"`
	AttemptsAgain  uint64            `json:"probesAgain"`
	AttemptsFailed map[Reason]uint64 `json:"probesFailed"`
	Reached        uint64            `json:"reached"` // attempts that were answered

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
	// AttemptToMerge is from the first visit of a target to the merge with it.
	AttemptToMerge Histogram `json:"probeToMerge"`

	TheirMembers  Histogram `json:"theirMembers"`  // sizes of the memberships of those reached
	Reincarnating Histogram `json:"reincarnating"` // members in a round, both sides together
}

// HealNow is how things stand.
type HealNow struct {
	Suspected   bool      `json:"suspected"` // the cluster may be split
	SuspectedAt time.Time `json:"suspectedAt,omitzero"`
	// AttemptSeconds is the time between two attempts of this side as a whole; 0 when
	// the node heals on demand only.
	AttemptSeconds float64 `json:"probeSeconds"`
	Reachable      int     `json:"reachable"` // members on this side
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

// Histogram sums up values in fixed buckets, as Prometheus does: each bucket
// counts all values up to its bound, and so those of the buckets before it, too.
type Histogram struct {
	Buckets []Bucket `json:"buckets"` // by bound, ascending
	Count   uint64   `json:"count"`   // of all values, those above the last bound included
	Sum     float64  `json:"sum"`
}

// Bucket counts the values up to a bound.
type Bucket struct {
	UpTo  float64 `json:"le"`
	Count uint64  `json:"count"`
}

// Reason is a short name for why a call of the protocol failed, for counters.
type Reason string

// The reasons, all there are.
const (
	ReasonTimeout     Reason = "timeout"     // no answer in time
	ReasonRefused     Reason = "refused"     // no process listens there
	ReasonUnreachable Reason = "unreachable" // no way to that host
	ReasonReset       Reason = "reset"       // the connection broke
	ReasonRejected    Reason = "rejected"    // the peer answered with an error
	ReasonInvalid     Reason = "invalid"     // the answer makes no sense
	ReasonStranger    Reason = "stranger"    // another app or another node answered
	ReasonItself      Reason = "itself"      // the node itself answered
	ReasonOther       Reason = "other"
)

// Reasons returns all reasons, for counters that begin at 0.
func Reasons() []Reason {
	return []Reason{
		ReasonTimeout, ReasonRefused, ReasonUnreachable, ReasonReset, ReasonRejected,
		ReasonInvalid, ReasonStranger, ReasonItself, ReasonOther,
	}
}
