package admin

import (
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// Vitals are what the stats of a node say about its process. Figures that make no sense are
// 0.
type Vitals struct {
	Version string
	Uptime  time.Duration
	// PingMedian and PingP95 are how long the probes of the node take. Nodes of Go count the
	// answers of those that they ping; ringpop-node counts whole protocol periods.
	PingMedian, PingP95 time.Duration
}

// VitalsOf returns the vitals of a node. Programs differ in the units of their figures.
func VitalsOf(s *wire.Stats) Vitals {
	unit := float64(time.Nanosecond)
	// Nodes of Go tell the time in seconds, those of Node in milliseconds.
	if s.Timestamp > 1e11 {
		unit = float64(time.Millisecond)
	}
	duration := func(n float64) time.Duration {
		const longest = 100 * 365 * 24 * time.Hour
		if d := n * unit; d > 0 && d < float64(longest) {
			return time.Duration(d)
		}
		return 0
	}
	return Vitals{
		Version: s.Version, Uptime: duration(s.Uptime),
		PingMedian: duration(s.Protocol.Timing.Median), PingP95: duration(s.Protocol.Timing.P95),
	}
}
