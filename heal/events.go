package heal

import (
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// PartitionSuspected tells that several members turned faulty together, so that
// the cluster may be split.
type PartitionSuspected struct {
	Faulty    int // that turned so together, up to now
	Reachable int // members on this side
}

// Probing tells that a node that may be on another side is asked for its
// membership.
type Probing struct {
	Target wire.Address
	Again  bool // it was reached before, and members had to reincarnate
}

// Reached tells that a node from the other side has answered, with the plan
// for the two memberships. Reincarnations or a merge follow.
type Reached struct {
	Target        wire.Address
	Ours, Theirs  int    // members
	Local, Remote uint32 // checksums
	Plan          Plan
}

// Merged tells that the memberships are one here and were sent to the target.
// Gossip takes them to everybody else.
type Merged struct {
	Target   wire.Address
	Learned  int    // changes that were news here
	Checksum uint32 // afterwards
	Err      error  // when the target did not take ours
}

// Whole tells that nobody is held faulty any more after a partition was
// suspected, whoever has healed it.
type Whole struct {
	After   time.Duration // since it was suspected
	Members int
}

// Failed tells that a target did not answer.
type Failed struct {
	Target wire.Address
	Err    error
}

// Event marks the event types.
func (PartitionSuspected) Event() {}
func (Probing) Event()            {}
func (Reached) Event()            {}
func (Merged) Event()             {}
func (Whole) Event()              {}
func (Failed) Event()             {}
