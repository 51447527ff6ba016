package demo

import (
	"time"

	"github.com/ringmend/ringmend/node"
)

// Times are those of the nodes of a demo.
type Times struct {
	Attempt, Patience time.Duration // of a request that is forwarded
	Suspect           time.Duration // how long a suspect has to refute
	Stable, MaxPause  time.Duration // of the resolver
}

// Timing makes the demo short. Production takes the defaults of package node. What cannot be
// shortened is that members count for their side only when they have not changed for 20 s, and
// that a node accepts a name only when its former owner must have stopped.
var Timing = Times{
	Attempt: time.Second, Patience: 2 * time.Second,
	Suspect: 2 * time.Second,
	Stable:  time.Second, MaxPause: 2 * time.Second,
}

// Protocol returns the settings of the protocol.
func (t Times) Protocol() node.Protocol {
	return node.Protocol{
		PingTimeout: time.Second, PingRequestTimeout: 2 * time.Second,
		SuspectPeriod: t.Suspect, Detection: node.DetectionRingpop,
	}
}

// Resolve returns the settings of the resolver, but for its strategy.
func (t Times) Resolve() node.Resolve {
	return node.Resolve{
		StableAfter: t.Stable, UnfenceAfter: t.Stable, MaxPause: t.MaxPause, Tick: 100 * time.Millisecond,
		Handover: node.AutoHandover,
	}
}
