package sim

import (
	"fmt"
	"strings"
	"time"

	"github.com/ringmend/ringmend/node/core"
)

// Invariant is something that must hold in every run.
type Invariant struct {
	Name  string
	Words string
}

// The names of the invariants.
const (
	invariantHeal       = "heal-harmless"
	invariantNameless   = "suspects-nameless"
	invariantOneView    = "one-view"
	invariantSuspect    = "suspect-bounded"
	invariantDetect     = "crash-detected"
	invariantChecksum   = "checksum-faithful"
	invariantTombstone  = "tombstone-stays"
	invariantPiggyback  = "piggyback-bounded"
	invariantQuiet      = "quiet-when-calm"
	invariantRejoin     = "can-rejoin"
	invariantTrace      = "same-trace"
	invariantPanic      = "no-panic"
	invariantSelf       = "self-alive"
	invariantFalseAlarm = "no-false-alarm"
	invariantMessages   = "messages-bounded"
	invariantMemory     = "memory-bounded"
	invariantDeadline   = "deadline-moves"
	invariantEvents     = "events-complete"
	invariantWire       = "wire-readable"
)

// Invariants returns what is checked. Those about one change, message or visit
// are checked at every one of them. Those that compare nodes with each other are
// checked several times a second, since they cost time in proportion to the
// cluster; events-complete, which costs its square, looks at some tables each
// time, in turn.
func Invariants() []Invariant {
	return []Invariant{
		{invariantHeal, "no visit of a healer turns a member that lives unpingable, on either side"},
		{invariantNameless, "the suspects that a visit spreads name no source, which they would be kept from"},
		{invariantOneView, "after the faults stop, all nodes have one membership within the bound, in which exactly those that are up are alive"},
		{invariantSuspect, "nobody stays suspect at one incarnation longer than the suspect period"},
		{invariantDetect, "a node that crashed is unpingable everywhere within the bound"},
		{invariantChecksum, "nodes have equal checksums if and only if they have equal members"},
		{invariantTombstone, "a tombstone comes back by a higher incarnation only"},
		{invariantPiggyback, "a change is not sent more often than the piggyback maximum"},
		{invariantQuiet, "when nothing changes, there are only pings, and they carry nothing"},
		{invariantRejoin, "a node that was started again is a member again within the bound, also after it was forgotten"},
		{invariantTrace, "the same script has the same trace"},
		{invariantPanic, "no core panics"},
		{invariantSelf, "a node that did not leave holds itself alive"},
		{invariantFalseAlarm, "without faults nobody who is up is declared faulty"},
		{invariantMessages, "the messages of a node per protocol period are bounded"},
		{invariantMemory, "the members, pending changes and calls of a node are bounded by the size of the cluster"},
		{invariantDeadline, "the deadline of a core moves on when it has been met"},
		{invariantEvents, "the events tell every change of the member table"},
		{invariantWire, "what a node sends can be read"},
	}
}

// Violation says which invariant did not hold, and what led to it.
type Violation struct {
	Invariant string
	Words     string // the invariant in words
	What      string // what was seen instead
	Seed      uint64
	Step      uint64 // events since the start of the run
	At        time.Duration
	Story     string // the last events of the nodes involved
}

// Error makes a violation an error.
func (v *Violation) Error() string {
	return fmt.Sprintf("%s is violated: %s", v.Invariant, v.What)
}

// Report tells everything about the violation in some lines of text.
func (v *Violation) Report() string {
	var b strings.Builder
	fmt.Fprintf(&b, "violated: %s: %s\n", v.Invariant, v.Words)
	fmt.Fprintf(&b, "seen:     %s\n", v.What)
	fmt.Fprintf(&b, "seed %d, step %d, at %v\n", v.Seed, v.Step, v.At)
	b.WriteString(v.Story)
	return b.String()
}

// violate ends the run.
func (w *world) violate(name string, nodes []*machine, format string, args ...any) {
	if w.result.Violation != nil {
		return
	}
	v := &Violation{
		Invariant: name, What: fmt.Sprintf(format, args...),
		Seed: w.script.Seed, Step: w.steps, At: w.now,
		Story: w.story(nodes),
	}
	for _, i := range Invariants() {
		if i.Name == name {
			v.Words = i.Words
		}
	}
	w.result.Violation = v
	w.over = true
}

// Bounds are the limits that the invariants speak of.
type Bounds struct {
	// Converge is how long after the last fault there may be more than one view.
	// Healing is left to chance, so it is many times the mean.
	Converge time.Duration
	// Detect is how long a crash may go unnoticed by somebody while nothing
	// else happens.
	Detect time.Duration
	// Suspect is how long a member may be suspect at one incarnation.
	Suspect time.Duration
	// Quiet is how long changes may still travel once all nodes agree.
	Quiet time.Duration
	// Messages is how many a node may send in a window of ten seconds.
	Messages int
	// Sendings is how often a node may tell others of one change.
	Sendings int
	// Calls is how many a node may have under way.
	Calls int
}

func boundsFor(cfg *core.Config, nodes int) Bounds {
	s := &cfg.Swim
	magnitude := 1 // of the cluster, as Ringpop reckons
	for n := 10; n < nodes+1; n *= 10 {
		magnitude++
	}
	maximum := s.PiggybackFactor * magnitude
	// The members are pinged in rounds; many nodes make it likely that some
	// ping comes early. A probe ends with the ping and the helpers' time; where
	// all helpers are dead as well it is repeated.
	round := time.Duration(min(2*nodes, 40)) * 2 * s.ProtocolPeriod
	probe := s.PingTimeout + s.PingRequestTimeout
	spread := 2 * time.Duration(maximum) * s.ProtocolPeriod
	// A side makes about one attempt to heal in an interval, by chance, and many
	// attempts may meet a dead target. Ringpop's nodes make three in a period.
	attempts := 48 * cfg.Heal.SlowInterval
	if cfg.Heal.Ringpop {
		attempts = 24 * cfg.Heal.RingpopPeriod
	}
	return Bounds{
		Converge: attempts + time.Minute,
		Detect:   3*(round+probe) + s.SuspectPeriod + spread + 10*time.Second,
		Suspect:  s.SuspectPeriod + 2*time.Second,
		Quiet:    spread + 5*time.Second,
		Messages: int(10*time.Second/s.ProtocolPeriod) * 40,
		// As many calls may be under way with the same change, not yet counted: those
		// of all probes.
		Sendings: maximum + s.MaxProbes*(1+s.PingRequestSize),
		Calls:    200 + 4*nodes,
	}
}
