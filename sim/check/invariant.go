package check

import "github.com/ringmend/ringmend/sim/world"

// Invariant is something that must hold in every run.
type Invariant struct {
	Name  string
	Words string
}

// The names of the invariants, besides those of package world.
const (
	InvariantHeal       = "heal-harmless"
	InvariantNameless   = "suspects-nameless"
	InvariantOneView    = "one-view"
	InvariantSuspect    = "suspect-bounded"
	InvariantDetect     = "crash-detected"
	InvariantChecksum   = "checksum-faithful"
	InvariantTombstone  = "tombstone-stays"
	InvariantPiggyback  = "piggyback-bounded"
	InvariantQuiet      = "quiet-when-calm"
	InvariantRejoin     = "can-rejoin"
	InvariantTrace      = "same-trace"
	InvariantSelf       = "self-alive"
	InvariantFalseAlarm = "no-false-alarm"
	InvariantMessages   = "messages-bounded"
	InvariantMemory     = "memory-bounded"
	InvariantEvents     = "events-complete"

	InvariantLastWord = "last-word"

	InvariantOneKeeper    = "one-keeper"
	InvariantSingleAccept = "single-accept"
	InvariantKeptServes   = "kept-serves"
	InvariantUnfences     = "unfences"
	InvariantSilent       = "resolver-silent"
	InvariantDecides      = "decides-in-time"
)

// Invariants returns what is checked. Those about one change, message or visit
// are checked at every one of them. Those that compare nodes with each other are
// checked several times a second, since they cost time in proportion to the
// cluster; events-complete, which costs its square, looks at some tables each
// time, in turn.
func Invariants() []Invariant {
	return []Invariant{
		{InvariantHeal, "no visit of a healer turns a member that lives unpingable, on either side"},
		{InvariantNameless, "the suspects that a visit spreads name no source, which they would be kept from"},
		{InvariantOneView, "after the faults stop, all nodes have one membership within the bound, in which exactly those that are up are alive"},
		{InvariantSuspect, "no member stays suspect at one incarnation longer than the suspect period"},
		{InvariantDetect, "a node that crashed is unpingable everywhere within the bound"},
		{InvariantChecksum, "nodes have equal checksums if and only if they have equal members"},
		{InvariantTombstone, "a tombstone comes back by a higher incarnation only"},
		{InvariantPiggyback, "a change is not sent more often than the piggyback maximum"},
		{InvariantQuiet, "when nothing changes, there are only pings, and they carry nothing"},
		{InvariantRejoin, "a node that was started again is a member again within the bound, also after it was forgotten"},
		{InvariantTrace, "the same script has the same trace"},
		{world.InvariantPanic, "no core panics"},
		{InvariantSelf, "a node that did not leave holds itself alive"},
		{InvariantFalseAlarm, "without faults no node that is up is declared faulty"},
		{InvariantMessages, "the messages of a node per protocol period are bounded"},
		{InvariantMemory, "the members, pending changes and calls of a node are bounded by the size of the cluster"},
		{world.InvariantDeadline, "the deadline of a core moves on when it has been met"},
		{InvariantEvents, "the events tell every change of the member table"},
		{world.InvariantWire, "what a node sends can be read"},
		{InvariantLastWord, "after the faults stop, all nodes know the last word about each member that was evicted within the bound"},
		{InvariantOneKeeper, "no two sides of a clean split of a settled cluster are kept; of any, by a quorum or a lease"},
		{InvariantSingleAccept, "with guarded ownership no two nodes accept one key"},
		{InvariantKeptServes, "within the bound after a clean split of a settled cluster, exactly the side that should serves, and all keys"},
		{InvariantUnfences, "all nodes serve within the bound after the cluster is one again, and none was started again for that"},
		{InvariantSilent, "resolvers that only observe change nothing"},
		{InvariantDecides, "a node that misses somebody decides within the bound"},
	}
}

// Words returns an invariant in words.
func Words(name string) string {
	for _, i := range Invariants() {
		if i.Name == name {
			return i.Words
		}
	}
	return ""
}
