package check

import (
	"time"

	"github.com/ringmend/ringmend/node/core"
)

// Bounds are the limits that the invariants speak of.
type Bounds struct {
	// Converge is how long after the last fault there may be more than one view.
	// Healing is left to chance, so it is many times the mean.
	Converge time.Duration
	// Detect is how long a crash may go unnoticed by any node while nothing else
	// happens.
	Detect time.Duration
	// Suspect is how long a member may be suspect at one incarnation.
	Suspect time.Duration
	// Quiet is how long changes may still travel once all nodes agree.
	Quiet time.Duration
	// Messages is how many a node may send in a window of ten seconds.
	Messages int
	// Sendings is how often a node may tell others of one change.
	Sendings int
	// Accusers is how many accusers of one suspect are disseminated; each is a change of
	// its own.
	Accusers int
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
		// The only node that several parts of a cut cluster reach is asked by all of them to
		// ping the others: of 50 nodes that is one message of each, and its answer, in a period.
		Messages: int(10*time.Second/s.ProtocolPeriod) * 60,
		// Calls under way may carry the same change without being counted yet: those of
		// all probes (a ping, the ping-reqs, and the second ping), and as many pings on
		// behalf of others.
		Sendings: maximum + 2*s.MaxProbes*(2+s.PingRequestSize),
		Accusers: max(1, s.Detection.Accusers),
		Calls:    200 + 4*nodes,
	}
}
