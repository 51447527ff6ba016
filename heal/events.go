package heal

import (
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// PartitionSuspected tells that several members turned faulty together: the cluster may
// be split. It comes again when that happens again after a while.
type PartitionSuspected struct {
	Faulty    int // that turned so together, up to now
	Reachable int // members on this side
}

// PaceChanged tells that attempts are made more often, because a partition is
// suspected, or less often, because it lasts or is over.
type PaceChanged struct {
	// Interval is the time between two attempts of this side as a whole.
	Interval time.Duration
}

// Attempt tells that a node that may be on another side is asked for its
// membership.
type Attempt struct {
	Target wire.Address
	Again  bool // it was reached before, and members had to reincarnate
}

// Reached tells that a node from the other side has answered, with the plan
// for the two memberships. [Reincarnating] or [Merged] follows.
type Reached struct {
	Target        wire.Address
	Ours, Theirs  int    // members
	Local, Remote uint32 // checksums
	Plan          Plan
	Failures      int // visits before this one, in a row, whose end the target did not take
}

// Reincarnating tells that members were made suspect, on the side where each
// lives, to make them raise their incarnations before a merge.
type Reincarnating struct {
	Target       wire.Address
	Ours, Theirs int   // members
	Err          error // when the target did not take theirs
	Failures     int   // in a row, this one included
}

// Merged tells that the memberships are one here and were sent to the target.
// Gossip takes them to all other nodes.
type Merged struct {
	Target        wire.Address
	Ours, Theirs  int           // members before
	Local, Remote uint32        // checksums before
	Learned       int           // changes that overrode what was believed here
	Members       int           // afterwards
	Checksum      uint32        // afterwards
	Took          time.Duration // since the target was asked first
	Err           error         // when the target did not take ours
	Failures      int           // in a row, this one included
}

// PartitionHealed tells that no member is held faulty any more after a partition was
// suspected. Any node may have healed it.
type PartitionHealed struct {
	After    time.Duration // since it was suspected
	Members  int
	Checksum uint32
}

// Recognized tells that a host which discovery lists is a member of this side, known by
// another address. It is not visited again as long as it is.
type Recognized struct {
	Host   wire.Address // as it is listed
	Member wire.Address // as it is known
}

// Failed tells that a target did not answer.
type Failed struct {
	Target wire.Address
	Err    error
}

// Event marks the event types.
func (PartitionSuspected) Event() {}
func (PaceChanged) Event()        {}
func (Attempt) Event()            {}
func (Reached) Event()            {}
func (Reincarnating) Event()      {}
func (Merged) Event()             {}
func (PartitionHealed) Event()    {}
func (Recognized) Event()         {}
func (Failed) Event()             {}
