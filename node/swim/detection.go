package swim

import "time"

// Detection says how soon this node gives up on members that do not answer. The zero
// value is Ringpop's: fixed times, [Config.PingTimeout] and [Config.SuspectPeriod].
//
// [AdaptiveDetection] follows Lifeguard (Dadgar, Phillips and Currey, arXiv 1707.00788), on
// Ringpop's messages: a suspect has the whole SuspectPeriod while one node accuses it, and
// less with each further, independent accuser; a node that is slow itself waits longer for
// others; a node that hears from no other knows that it is cut off, and accuses none.
type Detection struct {
	// Adaptive turns the rest on.
	Adaptive bool
	// PingTimeout is how long a member may take to answer a ping while this node is
	// healthy and has settled after its join. It grows with the times that pings take and
	// with the health score, up to three times [Config.PingTimeout]. Shorter finds vanished
	// hosts sooner, and sends more ping-reqs on slow networks.
	PingTimeout time.Duration
	// PingRequestTimeout is the same for ping-reqs. A helper that is a ringpop-go node
	// takes 1.5 s to say that it did not reach the target.
	PingRequestTimeout time.Duration
	// MinSuspectPeriod is how long a suspect has to refute when Accusers nodes accuse it.
	// A shorter one finds crashes sooner; members that are stopped for longer than about
	// PingTimeout + MinSuspectPeriod are declared faulty.
	MinSuspectPeriod time.Duration
	// Accusers is how many independent nodes shorten the suspicion to MinSuspectPeriod, from
	// 2 to 8. The prober and its helpers are the first that can be.
	Accusers int
	// MaxHealthScore bounds how far this node may find itself behind, from 0 to 16: it gives
	// others one time more for each.
	MaxHealthScore int
	// IsolatedAfter is how long all other nodes must be silent before the node assumes that
	// it is cut off itself.
	IsolatedAfter time.Duration
}

// AdaptiveDetection returns the default settings of adaptive detection.
func AdaptiveDetection() Detection {
	return Detection{
		Adaptive:           true,
		PingTimeout:        500 * time.Millisecond,
		PingRequestTimeout: 2 * time.Second,
		MinSuspectPeriod:   1250 * time.Millisecond,
		Accusers:           4,
		MaxHealthScore:     8,
		IsolatedAfter:      1500 * time.Millisecond,
	}
}

func (d *Detection) validate() error {
	if !d.Adaptive {
		return nil
	}
	if err := checkPositive([]durationSetting{
		{"Detection.PingTimeout", d.PingTimeout},
		{"Detection.PingRequestTimeout", d.PingRequestTimeout},
		{"Detection.MinSuspectPeriod", d.MinSuspectPeriod},
		{"Detection.IsolatedAfter", d.IsolatedAfter},
	}); err != nil {
		return err
	}
	return checkRange([]intSetting{
		{"Detection.Accusers", d.Accusers, 2, maxAccusers},
		{"Detection.MaxHealthScore", d.MaxHealthScore, 0, 16},
	})
}

// pingTimeout returns how long the next ping may take.
func (n *Node) pingTimeout() time.Duration {
	d := &n.cfg.Detection
	if !d.Adaptive {
		return n.cfg.PingTimeout
	}
	usual := n.cfg.PingTimeout // as long as little is known of how long pings take
	if !n.settling.pings() {
		usual = min(usual, max(d.PingTimeout, 2*n.period.rtts.longest()))
	}
	return min(n.health.scale(usual), 3*n.cfg.PingTimeout)
}

// pingRequestTimeout returns how long the next ping-req may take.
func (n *Node) pingRequestTimeout() time.Duration {
	d := &n.cfg.Detection
	if !d.Adaptive {
		return n.cfg.PingRequestTimeout
	}
	return min(n.health.scale(d.PingRequestTimeout), n.cfg.PingRequestTimeout)
}
