package resolve

import (
	"slices"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// State is the state of a resolver.
type State uint8

// The states.
const (
	// Starting: the node does not know whether it was fenced, and therefore is.
	Starting State = iota
	// Stable: no member is missed.
	Stable
	// Uncertain: members are unreachable, and nothing is decided. The node serves.
	Uncertain
	// Kept: a decision was made, and its side serves without those written off.
	Kept
	// Lost: a decision was made, and the node is fenced.
	Lost
)

var stateNames = [...]string{"starting", "stable", "uncertain", "kept", "lost"}

// String returns the name of the state.
func (s State) String() string { return stateNames[s] }

// ParseState returns the state of a name; ok is false if there is none.
func ParseState(name string) (s State, ok bool) {
	i := slices.Index(stateNames[:], name)
	return State(max(0, i)), i >= 0
}

// Serves reports whether a node in the state may serve, unless it was paused.
func (s State) Serves() bool { return s == Stable || s == Uncertain || s == Kept }

// StateChanged reports that the state of a resolver has changed, and why.
type StateChanged struct {
	From, To State
	Why      string
	// Decided means that it comes from a decision, which [Decided] has reported.
	Decided bool
}

// Decided reports a decision.
type Decided struct {
	Verdict Verdict
	// Kept means that this side goes on serving. It differs from Verdict.Keep when a lease
	// decides.
	Kept bool
	// Restless means that changes would have postponed the decision for too long.
	Restless   bool
	After      time.Duration  // since the first member was missed
	WrittenOff []wire.Address // by this decision, in order
	Epoch      uint64         // after it
}

// Paused says that the process was stopped for longer than MaxPause. The node accepts
// nothing until it knows that it still may.
type Paused struct {
	For time.Duration
}

// Resumed reports that the node accepts again after a pause.
type Resumed struct{}

// Alone warns that discovery lists no host but this one. The node serves without having
// asked any other.
type Alone struct{}

// StillStarting warns, once, that the node has been starting for StableAfter + UnfenceAfter: no
// member has said that it serves and agrees, and too few of the hosts are starting, too.
type StillStarting struct {
	For time.Duration
	// Hosts are how many discovery lists, this one included; 0 if it has not said.
	// Starting are those of them that are starting, too.
	Hosts, Starting int
}

// LeaseFailed reports that an operation on the lease failed, or that its outcome is unknown.
type LeaseFailed struct {
	Err error
}

// Event marks the event types.
func (StateChanged) Event()  {}
func (Decided) Event()       {}
func (Paused) Event()        {}
func (Resumed) Event()       {}
func (Alone) Event()         {}
func (StillStarting) Event() {}
func (LeaseFailed) Event()   {}
