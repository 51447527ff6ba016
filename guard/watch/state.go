package watch

import (
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// State is what is known of a ring after a look. It is not modified any more.
type State struct {
	// At is when the look ended, and Took how long it took.
	At   time.Time
	Took time.Duration
	// Err is why nothing was seen: no node answered, or there was none to ask. Then
	// Cluster and Verdict are those of the last look that showed something, at SeenAt, or nil.
	Err     error
	SeenAt  time.Time
	Cluster *admin.Cluster
	Verdict *admin.Verdict
	// App is the name of the ring's app, when it is known.
	App  string
	Mode Mode
	// Approved is whether an operator approved the plan, in mode Ask.
	Approved bool
	// Pairs are the sides that are not one, and what is being done about it.
	Pairs []Pair
	// Short is whether calls were put off because the budget for them is used up.
	Short bool
	// Every is the time to the next look.
	Every time.Duration
}

// Pair is two sides of a split.
type Pair struct {
	A, B     int    // their numbers in the verdict, from 0
	Relation string // see plan.Relation
	// Rebirths are the members that must reincarnate before a merge.
	Rebirths []wire.Address
	// Trouble is why they are not merged yet, "" when the next attempt may do it.
	Trouble string
}

// Calls counts calls since the start, by what they are for.
type Calls map[string]CallCount

// CallCount counts calls, and how many of them failed.
type CallCount struct {
	Made, Failed, Bytes uint64
}

// Action is something that was done to a ring.
type Action struct {
	At time.Time
	// What is "rebirth", "merge", "attempt" (one that ended without a merge), "accuse" or
	// "invite".
	What string
	// Members are those concerned: told that they are suspected, or the two nodes of which
	// one was asked to ping the other.
	Members []wire.Address
	// Told is how many members the sides were told of by a merge.
	Told int
	Err  error
}
