package result

import (
	"fmt"
	"slices"

	"github.com/ringmend/ringmend/lab/link"
)

// The kinds of events.
const (
	FaultBegin = "fault-begin"
	FaultEnd   = "fault-end"
	Action     = "action"   // one step of a fault
	Leader     = "leader"   // the leader in a node's view has changed
	Term       = "term"     // a node's term has changed
	Down       = "down"     // a node does not answer any more
	Up         = "up"       // it does
	Member     = "member"   // what a node holds another to be has changed
	Checksum   = "checksum" // a node's membership checksum has changed
	Resolver   = "resolver" // whether a node may serve has changed
	Agree      = "agree"    // all nodes that run have one checksum and hold each other alive
	Disagree   = "disagree"
	Owners     = "owners" // how many keys have two nodes that accept them has changed
)

// Kinds are all of them.
var Kinds = []string{FaultBegin, FaultEnd, Action, Leader, Term, Down, Up, Member, Checksum, Resolver, Agree, Disagree, Owners}

// Event is a line of events.jsonl: something that was done, or seen in a sample.
type Event struct {
	At   Seconds `json:"at"`
	Kind string  `json:"kind"`
	// Node is where it was seen, from 1; 0 for what concerns all.
	Node   int    `json:"node,omitempty"`
	Detail string `json:"detail,omitempty"`
	// About is the other node: the new leader (0 for none), or the member whose status
	// changed, which is then in Status.
	About  int    `json:"about,omitempty"`
	Status string `json:"status,omitempty"`
	// Value is the term, or how many keys have two owners.
	Value uint64 `json:"value,omitempty"`
	// Reached says, of a member event, that the member ran and was not cut from the
	// node at that moment.
	Reached bool `json:"reached,omitempty"`
	// Owners are the keys that several nodes accept, with those nodes.
	Owners map[string][]int `json:"owners,omitempty"`
}

func (e *Event) check() error {
	switch {
	case !slices.Contains(Kinds, e.Kind):
		return fmt.Errorf("unknown kind %q", e.Kind)
	case !(e.At >= 0 && e.At < maxSeconds):
		return fmt.Errorf("at %g seconds", e.At)
	case e.Node < 0 || e.About < 0:
		return fmt.Errorf("node %d about node %d", e.Node, e.About)
	}
	return nil
}

// Evidence says whether a fault did what its name says.
type Evidence struct {
	What   string `json:"what"` // the step, such as "cut 1 2"
	Detail string `json:"detail"`
	OK     bool   `json:"ok"`
}

// LinkCounts is an entry of packets.json.
type LinkCounts struct {
	From string `json:"from"`
	To   string `json:"to"`
	link.Counts
	// MeanDelayMS is how long delivered packets were on their way, in the mean.
	MeanDelayMS float64 `json:"meanDelayMs"`
}
