package ringpop

import (
	"sync"
	"time"

	"github.com/uber-common/bark"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/statsd"
)

// statPeriods are how often checksums are reported.
type statPeriods struct{ members, ring time.Duration }

// stats reports the measurements of a Ringpop under ringpop-go's names.
type stats struct {
	ringpop *Ringpop
	to      bark.StatsReporter
	periods statPeriods

	prefix   func() string
	measure  func(node.Event)
	begin    sync.Once
	done     chan struct{}
	finished sync.Once
}

func newStats(rp *Ringpop, to bark.StatsReporter, periods statPeriods) *stats {
	s := &stats{ringpop: rp, to: to, periods: periods, done: make(chan struct{})}
	s.prefix = sync.OnceValue(func() string {
		address, err := rp.config.address()
		if err != nil {
			return statsd.Prefix("unknown")
		}
		return statsd.Prefix(address)
	})
	s.measure = statsd.Listener(sink{s})
	return s
}

// listen is called with the events of the node, from one goroutine.
func (s *stats) listen(e node.Event) {
	s.measure(e)
	s.begin.Do(func() {
		go s.report("membership.checksum-periodic", s.periods.members, func(n *node.Node) uint32 { return n.Checksum() })
		go s.report("ring.checksum-periodic", s.periods.ring, func(n *node.Node) uint32 { return n.Ring().Checksum() })
	})
}

// report reports a checksum once per period, until the Ringpop is destroyed.
func (s *stats) report(name string, period time.Duration, checksum func(*node.Node) uint32) {
	if period <= 0 {
		return
	}
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if n := s.ringpop.Node(); n != nil && s.ringpop.Ready() {
				s.to.UpdateGauge(s.prefix()+"."+name, nil, int64(checksum(n)))
			}
		case <-s.done:
			return
		}
	}
}

func (s *stats) close() { s.finished.Do(func() { close(s.done) }) }

// sink hands measurements to the reporter.
type sink struct{ *stats }

func (s sink) Count(name string, n int64)          { s.to.IncCounter(s.prefix()+"."+name, nil, n) }
func (s sink) Gauge(name string, value int64)      { s.to.UpdateGauge(s.prefix()+"."+name, nil, value) }
func (s sink) Timing(name string, d time.Duration) { s.to.RecordTimer(s.prefix()+"."+name, nil, d) }
