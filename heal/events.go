package heal

import "github.com/ringmend/ringmend/node/wire"

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

// Failed tells that a target did not answer.
type Failed struct {
	Target wire.Address
	Err    error
}

// Event marks the event types.
func (Reached) Event() {}
func (Merged) Event()  {}
func (Failed) Event()  {}
