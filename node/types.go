package node

import (
	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/transport"
	"github.com/ringmend/ringmend/node/wire"
)

// Event is something that happened to the node or its cluster: one of the event
// types of packages swim and heal, or of this one.
type Event = swim.Event

// Member is the node's view of one member.
type Member = wire.Member

// Status is the status of a member.
type Status = wire.Status

// The statuses of a member.
const (
	Alive     = wire.Alive     // answers pings; probed, and in the ring
	Suspect   = wire.Suspect   // did not answer; still probed, and still in the ring
	Faulty    = wire.Faulty    // suspect for too long, or evicted by itself
	Leave     = wire.Leave     // left on purpose, and may rejoin
	Tombstone = wire.Tombstone // faulty for long, and about to be forgotten
)

// Flavour selects how the checksum of a membership is computed.
type Flavour = wire.Flavour

// The flavours of real clusters.
const (
	FlavourGo   = wire.FlavourGo   // of ringpop-go
	FlavourNode = wire.FlavourNode // of ringpop-node; without labels and identities
)

// Transport carries calls between nodes.
type Transport = transport.Transport

// Handler answers a call that a [Transport] has received.
type Handler = transport.Handler

// Errors to test for with errors.Is; others stand beside the methods that return them.
var (
	// ErrConfig is wrapped by errors of [New] about its Config.
	ErrConfig = swim.ErrConfig
	// ErrLabelLimit means too many or too long labels, ErrLabelInternal a key that begins
	// with "__", ErrLabelEncoding text that is not UTF-8, and ErrLabelFlavour that nodes of
	// [FlavourNode] have no labels.
	ErrLabelLimit    = swim.ErrLabelLimit
	ErrLabelInternal = swim.ErrLabelInternal
	ErrLabelEncoding = swim.ErrLabelEncoding
	ErrLabelFlavour  = swim.ErrLabelFlavour
)

// Strategy is the rule by which a node decides whether its side of a partition may serve.
type Strategy = resolve.Strategy

// The strategies, with names as "keep-majority" in texts; see docs/resolver.md.
const (
	StaticQuorum  = resolve.StaticQuorum  // at least QuorumSize members
	KeepMajority  = resolve.KeepMajority  // more than half, or half with the lowest address
	KeepOldest    = resolve.KeepOldest    // with the oldest member
	KeepReferee   = resolve.KeepReferee   // with a member that is named
	DownAll       = resolve.DownAll       // none
	LeaseMajority = resolve.LeaseMajority // that gets the lease; the majority asks first
)

// Policy is what a node does about the decisions of its resolver.
type Policy = resolve.Policy

// The policies.
const (
	PolicyFence   = resolve.Fence   // refuses keys until it is healed
	PolicyExit    = resolve.Exit    // evicts itself, too; see [Node.Lost]
	PolicyObserve = resolve.Observe // reports what it would have done
)

// ErrNoResolver means that there is no resolver.
var ErrNoResolver = core.ErrNoResolver

// HostErrors is why hosts were not joined; see [Node.Bootstrap].
type HostErrors = swim.HostErrors
