package sim

import "time"

// Result is what came of a run.
type Result struct {
	Script    *Script
	TraceHash uint64
	Steps     uint64        // events
	Virtual   time.Duration // how long the run took in its own time
	Violation *Violation    // nil if every invariant held
	End       string        // what the nodes hold at the end

	// Converged tells whether the cluster was one at some time: all nodes that
	// were up had one membership, with exactly those alive. ConvergeTime is when
	// first, and SettleTime how long after the last step.
	Converged    bool
	ConvergeTime time.Duration
	SettleTime   time.Duration
	// HealTimes are the times from the end of each cut, or of what came after
	// it, to one membership.
	HealTimes []time.Duration
	// FirstDetections and LastDetections are the times from a crash until the
	// first node held the member faulty, and until the last one did.
	FirstDetections []time.Duration
	LastDetections  []time.Duration
	// FalsePositives counts how often a node came to hold a member faulty that
	// was running and that it could reach.
	FalsePositives int
	// MaxViews is the largest number of different memberships at one time.
	MaxViews int

	Messages       int // requests and answers
	Bytes          int // in their bodies
	Carried        int // changes in their bodies, those of whole memberships included
	Joins          int // bootstrap, full syncs and heals
	FullSyncs      int // whole memberships sent because the checksums differed
	Visits         int // by healers that reached somebody
	Reincarnations int // visits after which members had to reincarnate
	Merges         int // visits that merged
	Races          int // members killed by a visit because they came to life during it
	DeadDials      int // by healers that reached nobody
	Refutations    int
	Healing        *Healing // nil if there was no cut, or it did not end
	MostMessages   int      // of one node within ten seconds

	// The rest is there only if Options.Record was set.
	Series  []Sample
	Windows []Window
	Heals   []HealMark
}

// Sample is what the cluster was like at a time.
type Sample struct {
	At    time.Duration
	Views int // different memberships
	// Statuses counts what all nodes that are up hold all members, by status.
	Statuses [numStatuses]int
}

// Window is a time during which there was a fault.
type Window struct {
	From, To time.Duration
	What     string
}

// HealMark is a visit of a healer that reached somebody.
type HealMark struct {
	At    time.Duration
	Merge bool // or members had to reincarnate first
}

// PerNode returns how many of something there were per node and second.
func (r *Result) PerNode(count int) float64 {
	if r.Virtual == 0 {
		return 0
	}
	return float64(count) / float64(r.Script.Nodes) / r.Virtual.Seconds()
}
