package measure

import "time"

// Figures are what a run has shown.
type Figures struct {
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
	// HealthyAccused are those of members whose process was never stopped.
	HealthyAccused int
	// HealthyDeclared counts how often a node itself declared such a member faulty; others
	// then believe it.
	HealthyDeclared int
	// MaxViews is the largest number of different memberships at one time.
	MaxViews int

	Messages       int // requests and answers
	Bytes          int // in their bodies
	Carried        int // changes in their bodies, those of whole memberships included
	Joins          int // bootstrap, full syncs and heals
	FullSyncs      int // whole memberships sent because the checksums differed
	Visits         int // by healers that reached a node
	Reincarnations int // visits after which members had to reincarnate
	Merges         int // visits that merged
	Races          int // members killed by a visit because they came to life during it
	DeadDials      int // by healers that reached no node
	Refutations    int
	Healing        *Healing // nil if there was no cut, or it did not end
	MostMessages   int      // of one node within ten seconds

	// The rest is there only if it was asked for.
	Series  []Sample
	Windows []Window
	Heals   []HealMark
}

// Sample is what the cluster was like at a time.
type Sample struct {
	At    time.Duration
	Views int // different memberships
	// Statuses counts what all nodes that are up hold all members, by status.
	Statuses []int
}

// Window is a time during which there was a fault.
type Window struct {
	From, To time.Duration
	What     string
}

// HealMark is a visit of a healer that reached a node.
type HealMark struct {
	At    time.Duration
	Merge bool // or members had to reincarnate first
}
