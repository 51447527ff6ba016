package ringpop

import (
	"fmt"
	"sync"
	"time"

	"github.com/uber-common/bark"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/ring"
	"github.com/ringmend/ringmend/node/statsd"
	"github.com/uber/ringpop-go/events"
	"github.com/uber/ringpop-go/forward"
	"github.com/uber/ringpop-go/swim"
)

// statPeriods are how often checksums are reported.
type statPeriods struct{ members, ring time.Duration }

// stats reports the measurements of a Ringpop under ringpop-go's names: those of the node by
// package statsd, and those of what is around it here.
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
	s.measure = statsd.Listener(nodeSink{sink{s}})
	return s
}

// listen is called with the events of the node, from one goroutine.
func (s *stats) listen(e node.Event) {
	s.measure(e)
	if _, changed := e.(node.RingChanged); changed {
		sink{s}.Count("ring.checksum-computed", 1)
		sink{s}.Gauge("ring.checksum", int64(s.ringpop.Node().Ring().Checksum()))
	}
	s.begin.Do(func() {
		go s.report(s.periods.members, func(n *node.Node) {
			sink{s}.Gauge("membership.checksum-periodic", int64(n.Checksum()))
		})
		go s.report(s.periods.ring, s.ringSums())
	})
}

// ringSums returns a function that reports the checksums of the ring. That of all replica
// points, which writes out the whole ring, is computed at most once per period; ringpop-go does
// so with every change.
func (s *stats) ringSums() func(*node.Node) {
	var of *ring.Ring
	var replica uint32
	return func(n *node.Node) {
		current := n.Ring()
		if current != of {
			of, replica = current, current.ReplicaChecksum()
			sink{s}.Gauge("ring.checksums.replica", int64(replica))
		}
		sink{s}.Gauge("ring.checksum-periodic", int64(current.Checksum()))
		sink{s}.Gauge("ring.checksums-periodic.replica", int64(replica))
	}
}

// report reports something once per period, until the Ringpop is destroyed.
func (s *stats) report(period time.Duration, measure func(*node.Node)) {
	if period <= 0 {
		return
	}
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if n := s.ringpop.Node(); n != nil && s.ringpop.Ready() {
				measure(n)
			}
		case <-s.done:
			return
		}
	}
}

func (s *stats) close() { s.finished.Do(func() { close(s.done) }) }

// observe measures the events of the ring that are no events of the node.
func (s *stats) observe(event events.Event) {
	to := sink{s}
	switch e := event.(type) {
	case events.LookupEvent:
		to.Timing("lookup", e.Duration)
	case events.LookupNEvent:
		to.Timing(fmt.Sprintf("lookupn.%d", e.N), e.Duration)
	case swim.MaxPAdjustedEvent:
		to.Gauge("max-piggyback", int64(e.NewPCount))
	case swim.JoinCompleteEvent:
		to.Timing("join", e.Duration)
	case swim.JoinFailedEvent:
		to.Count("join.failed."+string(e.Reason), 1)
	case swim.SelfEvictedEvent:
		to.Timing("self-eviction", e.Duration)
	default:
		s.forwarding(event)
	}
}

// forwarding measures what becomes of forwarded requests.
func (s *stats) forwarding(event events.Event) {
	to := sink{s}
	switch e := event.(type) {
	case forward.RequestForwardedEvent:
		to.Count("requestProxy.egress", 1)
	case forward.InflightRequestsChangedEvent:
		to.Gauge("requestProxy.inflight", e.Inflight)
	case forward.SuccessEvent:
		to.Count("requestProxy.send.success", 1)
	case forward.FailedEvent:
		to.Count("requestProxy.send.error", 1)
	case forward.RetryAttemptEvent:
		to.Count("requestProxy.retry.attempted", 1)
	case forward.RetryAbortEvent:
		to.Count("requestProxy.retry.aborted", 1)
	case forward.MaxRetriesEvent:
		to.Count("requestProxy.retry.failed", 1)
	case forward.RetrySuccessEvent:
		to.Count("requestProxy.retry.succeeded", 1)
	case forward.RerouteEvent:
		where := "remote"
		if self, err := s.ringpop.WhoAmI(); err == nil && self == e.NewDestination {
			where = "local"
		}
		to.Count("requestProxy.retry.reroute."+where, 1)
	}
}

// sink hands measurements to the reporter.
type sink struct{ *stats }

func (s sink) Count(name string, n int64)          { s.to.IncCounter(s.prefix()+"."+name, nil, n) }
func (s sink) Gauge(name string, value int64)      { s.to.UpdateGauge(s.prefix()+"."+name, nil, value) }
func (s sink) Timing(name string, d time.Duration) { s.to.RecordTimer(s.prefix()+"."+name, nil, d) }

// nodeSink leaves out what ringpop-go measures of a whole bootstrap, and package statsd of
// each host that is joined.
type nodeSink struct{ sink }

func (s nodeSink) Count(name string, n int64) {
	if name != "join.failed.error" {
		s.sink.Count(name, n)
	}
}

func (s nodeSink) Timing(name string, d time.Duration) {
	if name != "join" {
		s.sink.Timing(name, d)
	}
}
