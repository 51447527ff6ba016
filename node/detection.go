package node

import (
	"fmt"

	"github.com/ringmend/ringmend/node/swim"
)

// Detection is how soon a node gives up on members that do not answer.
type Detection string

const (
	// DetectionAdaptive gives a suspect less time the more nodes accuse it, and others more
	// time while this node is slow itself: see [swim.AdaptiveDetection]. A crash is known to
	// all after some 2 s, and a host that vanished after 3 s.
	DetectionAdaptive Detection = "adaptive"
	// DetectionRingpop has fixed times, those of the published nodes: some 6 and 9 s.
	DetectionRingpop Detection = "ringpop"
)

// checkDetection returns an error if there is no such detection.
func (p *Protocol) checkDetection() error {
	switch p.Detection {
	case "", DetectionAdaptive, DetectionRingpop:
		return nil
	}
	return fmt.Errorf("%w: Detection is %q, it must be %s or %s", ErrConfig, p.Detection, DetectionAdaptive, DetectionRingpop)
}

// applyDetection changes the settings to those that p names. A SuspectPeriod that is set
// stays fixed: it was chosen on purpose.
func (p *Protocol) applyDetection(d *swim.Detection) {
	switch {
	case p.Detection == DetectionAdaptive:
		*d = swim.AdaptiveDetection()
	case p.Detection == DetectionRingpop, p.SuspectPeriod != 0:
		*d = swim.Detection{}
	}
	set(&d.MinSuspectPeriod, p.MinSuspectPeriod)
}
