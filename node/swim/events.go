package swim

import (
	"time"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// Event is something that listeners may want to know. The types below are all
// there are in this package; package heal has its own.
type Event interface{ Event() }

// MembersChanged holds changes that were applied together.
type MembersChanged struct {
	Changes []MemberChange
}

// MemberChange is a change of one member, with the fields Before and After, which are of
// type *[Member]. Before is nil when it was not known, After when it was evicted. The
// members must not be modified.
type MemberChange = table.MemberChange

// Refuted reports that the node has out-bid an accusation of itself.
type Refuted struct {
	Accusation  wire.Change
	Incarnation int64 // the new one
}

// FullSyncSent reports that the whole membership went to a node that asked with
// another checksum.
type FullSyncSent struct {
	To             wire.Address
	Local, Remote  uint32 // checksums
	Members        int
	Bidirectional  bool // their membership is fetched as well
	AlreadyRunning int  // how many such fetches run, this one included
}

// FullSyncFetched reports that the membership of another node was fetched because
// the checksums differed.
type FullSyncFetched struct {
	From    wire.Address
	Applied int // how many changes overrode what was believed
	Err     error
}

// ChecksumsDisagree reports that another node holds exactly what this one does, and has
// another checksum: the flavours of their checksums differ, see [Config.Flavour], and
// they will exchange their memberships for ever. It comes once, and again only after
// checksums have agreed.
type ChecksumsDisagree struct {
	With          wire.Address
	Members       int
	Local, Remote uint32 // checksums
}

// Isolated reports that no other node has been heard from for a while: this one is cut off, or
// the last. It accuses no member until it hears from one.
type Isolated struct{ For time.Duration }

// IsolationEnded reports that a node has been heard from after [Isolated].
type IsolationEnded struct {
	From  wire.Address
	After time.Duration // since the last message before
}

// ClockOff reports, once, that the clock of the node is years ahead of that of most
// members, or, if By is negative, a day or more behind it.
type ClockOff struct {
	By time.Duration
}

// JoinFailed reports that a host did not answer a join, or refused it.
type JoinFailed struct {
	Host wire.Address
	Err  error
}

// JoinWaiting reports that a round of joins was not enough and is repeated.
type JoinWaiting struct {
	Joined, Wanted int
	Attempt        int // rounds so far
	Retry          time.Duration
	// Failed says why hosts were not joined, as of the last attempt at each.
	Failed HostErrors
	// Err is why discovery did not list any.
	Err error
}

// Joined reports that bootstrap is over and the node is ready.
type Joined struct {
	Hosts []wire.Address // that answered, as they are known
	// Wanted is how many should have; fewer answers are accepted after a while.
	Wanted int
	// Alone is set when discovery lists no host but the node itself.
	Alone bool
	// Failed says why other hosts were not, if fewer have answered than wanted.
	Failed HostErrors
}

// PingFailed reports that a member did not answer a ping itself.
type PingFailed struct {
	Target wire.Address
	Err    error
}

// PingRequestsDone reports the outcome of the ping-reqs about a member.
type PingRequestsDone struct {
	Target  wire.Address
	Outcome ProbeOutcome
	Helpers int
}

// ProbeOutcome is the verdict of a probe.
type ProbeOutcome string

// The verdicts of a probe.
const (
	// ProbeReached means that the member or a helper that pinged it answered.
	ProbeReached ProbeOutcome = "reached"
	// ProbeUnreachable means that at least one helper answered, and none of
	// those reached the member.
	ProbeUnreachable ProbeOutcome = "unreachable"
	// ProbeInconclusive means that no helper answered.
	ProbeInconclusive ProbeOutcome = "inconclusive"
)

// Declared says that the node itself has changed the status of a member, because no
// node reached it or because its period was over. The others learn it by gossip and do
// not declare it again.
type Declared struct {
	Member      wire.Address
	Status      wire.Status
	Incarnation int64
}

// AnswerChangesSkipped reports that an answer held changes that were not believed.
type AnswerChangesSkipped struct {
	From  wire.Address
	Count int
	Why   string
}

// TableFull reports that new members were refused because the table is full.
type TableFull struct {
	Members, Refused int
}

// DeadMemberHeard reports that a member which is held faulty, or a tombstone, has sent a
// request, so it is alive but does not know that we declared it faulty.
type DeadMemberHeard struct {
	Member wire.Address
}

// Stalled reports that the node was not driven for a while, as when its process
// was stopped. Suspects get that time on top, to refute.
type Stalled struct {
	For time.Duration
}

// SelfEvicted reports that the node has declared itself faulty, and how many of
// the members that it told so at once have answered.
type SelfEvicted struct {
	Pinged, Answered int
}

// Event marks the event types.
func (MembersChanged) Event()       {}
func (Refuted) Event()              {}
func (FullSyncSent) Event()         {}
func (FullSyncFetched) Event()      {}
func (ChecksumsDisagree) Event()    {}
func (Isolated) Event()             {}
func (IsolationEnded) Event()       {}
func (ClockOff) Event()             {}
func (JoinFailed) Event()           {}
func (JoinWaiting) Event()          {}
func (Joined) Event()               {}
func (PingFailed) Event()           {}
func (PingRequestsDone) Event()     {}
func (Declared) Event()             {}
func (AnswerChangesSkipped) Event() {}
func (TableFull) Event()            {}
func (DeadMemberHeard) Event()      {}
func (Stalled) Event()              {}
func (SelfEvicted) Event()          {}
