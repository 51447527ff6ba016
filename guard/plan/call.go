package plan

import "github.com/ringmend/ringmend/node/wire"

// Kind is what a [Call] does.
type Kind uint8

// The kinds of calls.
const (
	// Look asks a node for its membership, and for the name of its app.
	Look Kind = iota
	// Ask asks a node to ping another one (/protocol/ping-req).
	Ask
	// Tell tells a node changes (/protocol/ping).
	Tell
)

// String returns the kind in a word.
func (k Kind) String() string { return [...]string{"look", "ask", "tell"}[k] }

// Call is a call to make.
type Call struct {
	Kind    Kind
	Node    wire.Address
	Target  wire.Address  // of Ask: the node to be pinged
	Changes []wire.Change // of Tell, and of Ask
	// Fresh makes a node that is asked ping over a new connection, if its program can be
	// made to: the one that it has may have stalled.
	Fresh bool
	// Checksum is that of the node, as it said last. A request must carry it, or the node
	// would take it for a reason to exchange whole memberships with the caller.
	Checksum uint32
	App      string
}

// Answer is how a call went.
type Answer struct {
	Err error
	// Of Look:
	App      string
	Checksum uint32
	Members  []wire.Member // sorted by address
	// Reached is whether the target of Ask answered the ping. If it did not, Stalled is
	// whether the node waited for an answer: packets are swallowed, not refused.
	Reached, Stalled bool
	// Changes are those in the answer to Tell.
	Changes []wire.Change
}

// Steps is what an [Attempt], a [Rescue], an [Accusation] and an [Invitation] have in common: calls to be
// made, all of one list at the same time, until there are none.
type Steps interface {
	Calls() []Call
	// Answered goes on with how all calls went, in their order.
	Answered([]Answer)
}
