package explain

import (
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// Kind is what is wrong. The values are part of the JSON API.
type Kind string

// The kinds of findings.
const (
	// Island is a side that the others do not know, or that does not know them. No node
	// looks for it: gossip reaches only members.
	Island Kind = "island"
	// StuckSuspect is a member that has been suspect for many suspect periods. In
	// ringpop-go and ringpop-node a second suspicion, at a higher incarnation, starts no timer:
	// when that of the first fires, it is about an incarnation that is over.
	StuckSuspect Kind = "stuck-suspect"
	// Zombie is an address that does not answer, and that was reaped and listed again
	// more than once.
	Zombie Kind = "zombie"
	// Hidden is a member that the ring holds alive, and that does not answer the guard.
	Hidden Kind = "hidden"
	// TwoFlavours is a ring whose nodes hold the same membership with different checksums:
	// ringpop-go and ringpop-node count differently.
	TwoFlavours Kind = "two-flavours"
	// Unsettled is a ring through which changes have been spreading for a long time.
	Unsettled Kind = "unsettled"
)

// Finding is something that stays wrong.
type Finding struct {
	Kind  Kind      `json:"kind"`
	Since time.Time `json:"since"`
	// Text says what is wrong and why, Help what helps.
	Text string `json:"text"`
	Help string `json:"help"`
	// Members are those concerned, at most timeline.MaxMembers of Count.
	Members []wire.Address `json:"members,omitempty"`
	Count   int            `json:"count,omitempty"`
	// Incarnations are those of the members of a StuckSuspect, in the same order.
	Incarnations []int64 `json:"-"`
}
