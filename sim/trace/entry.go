package trace

import (
	"fmt"
	"strings"
	"time"

	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/sim/world"
)

// entry is something that happened at one node, small enough to be kept and
// only put into words on demand.
type entry struct {
	at    time.Duration
	peer  wire.Address // the other node, or the member concerned, unless node says it
	node  int32        // the same by its index, plus one
	value int64        // an incarnation, a checksum or a count
	extra int32        // changes carried, or a life
	kind  entryKind
	old   wire.Status
	new   wire.Status
}

type entryKind uint8

const (
	entryStart    entryKind = iota // its process, extra is the life
	entryEnd                       // its process is killed
	entryStep                      // a step of the script concerns it
	entryCall                      // it calls peer, value is the kind of body
	entryServe                     // it answers peer
	entryRefuse                    // it refuses a request of peer
	entryOK                        // peer has answered
	entryFailed                    // peer has not
	entryLearned                   // peer became known as new at value
	entryChanged                   // peer went from old to new at value
	entryForgot                    // peer is not known any more
	entryRefuted                   // an accusation, by incarnation value
	entryJoined                    // bootstrap is over, extra hosts answered
	entryReached                   // its healer reached peer, extra must reincarnate
	entryMerged                    // its healer merged with peer
	entryMissed                    // its healer did not reach peer
	entryFullSync                  // it sent all it knows to peer
	entryStalled                   // it noticed that it was stopped
)

// The kinds of body, as values of entryCall.
const (
	bodyPing = iota
	bodyPingRequest
	bodyJoin
)

var bodyNames = [...]string{"ping", "ping-req", "join"}

// dull reports whether an entry is one of the pings that carry nothing, of which
// there are so many that nothing else would be left among the last events.
func (e *entry) dull() bool {
	switch e.kind {
	case entryCall:
		return e.value == bodyPing && e.extra == 0
	case entryServe, entryOK:
		return e.extra == 0
	}
	return false
}

// recent holds the last entries of a node.
type recent struct {
	ring  [recentSize]entry
	count int
}

const recentSize = 24

func (r *recent) add(e entry) {
	r.ring[r.count%recentSize] = e
	r.count++
}

// list returns the entries, oldest first.
func (r *recent) list() []entry {
	var list []entry
	for i := max(0, r.count-recentSize); i < r.count; i++ {
		list = append(list, r.ring[i%recentSize])
	}
	return list
}

// describe puts an entry into words.
func (t *Trace) describe(e *entry) string {
	if e.node > 0 {
		e.peer = t.world.Nodes[e.node-1].Address
	}
	peer := t.world.Name(e.peer)
	carrying := ""
	if e.extra > 0 {
		carrying = fmt.Sprintf(" with %d changes", e.extra)
	}
	incarnation := e.value - world.Epoch.UnixMilli()
	switch e.kind {
	case entryStart:
		return fmt.Sprintf("starts, life %d", e.extra)
	case entryEnd:
		return "is killed"
	case entryStep:
		return "is in a step: " + string(e.peer)
	case entryCall:
		return bodyNames[e.value] + " to " + peer + carrying
	case entryServe:
		return "answers " + peer + carrying
	case entryRefuse:
		return "refuses " + peer
	case entryOK:
		return "hears from " + peer + carrying
	case entryFailed:
		return "does not hear from " + peer
	case entryLearned:
		return fmt.Sprintf("learns of %s, %v@%d", peer, e.new, incarnation)
	case entryChanged:
		return fmt.Sprintf("holds %s %v@%d, was %v", peer, e.new, incarnation, e.old)
	case entryForgot:
		return "forgets " + peer
	case entryRefuted:
		return fmt.Sprintf("refutes %v, is alive@%d", e.new, incarnation)
	case entryJoined:
		return fmt.Sprintf("has joined by %d hosts", e.extra)
	case entryReached:
		if e.extra == 0 {
			return "heal: reaches " + peer + ", no member must reincarnate"
		}
		return fmt.Sprintf("heal: reaches %s, %d must reincarnate", peer, e.extra)
	case entryMerged:
		return "heal: merges with " + peer
	case entryMissed:
		return "heal: does not reach " + peer
	case entryFullSync:
		return "sends its whole membership to " + peer
	case entryStalled:
		return fmt.Sprintf("was stopped for %v", time.Duration(e.value))
	}
	return fmt.Sprintf("entry %d", e.kind)
}

// Story returns the last events of some nodes, in order of time.
func (t *Trace) Story(nodes []*world.Node) string {
	var b strings.Builder
	for _, n := range nodes {
		fmt.Fprintf(&b, "  node %d, %s, the last of %d events:\n", n.Number(), n.Address, t.recent[n.Index].count)
		for _, e := range t.recent[n.Index].list() {
			fmt.Fprintf(&b, "    %12.6f  %s\n", e.at.Seconds(), t.describe(&e))
		}
	}
	return b.String()
}
