package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node/wire"
)

var (
	resolverState  = describe("resolver_state", "1 for the state of the resolver: off, starting, stable, uncertain, kept or lost.", "state")
	resolverServes = describe("resolver_serves", "1 when this node may serve keys; also with a resolver that is off or only observes.")
	resolverEpoch  = describe("resolver_epoch", "Epoch of the resolver, which grows with each decision that keeps this node.")
	resolverMissed = describe("resolver_missed", "Members that the resolver misses: unreachable and not written off.")
	decisions      = describe("resolver_decisions_total", "Decisions of the resolver, by result.", "result")
	fencedSeconds  = describe("resolver_fenced_seconds_total", "Seconds during which this node has not served, after a loss, a start or a pause.")
	refusals       = describe("resolver_refusals_total", "Keys that Owner and Accept have refused, by reason.", "reason")
	leaseErrors    = describe("resolver_lease_errors_total", "Operations on the lease that failed or were not answered in time.")
)

// collectResolver sends what the resolver thinks.
func collectResolver(s *wire.ResolveStatus, to chan<- prometheus.Metric) {
	gauge(to, resolverState, one(s.State == wire.ResolverOff), wire.ResolverOff)
	for state := resolve.Starting; state <= resolve.Lost; state++ {
		gauge(to, resolverState, one(s.State == state.String()), state.String())
	}
	gauge(to, resolverServes, one(s.Refuses == ""))
	if s.State == wire.ResolverOff {
		return
	}
	gauge(to, resolverEpoch, float64(s.Epoch))
	gauge(to, resolverMissed, float64(len(s.Missed)))
	count := func(desc *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, value, labels...)
	}
	count(decisions, float64(s.Counts.Kept), "kept")
	count(decisions, float64(s.Counts.Lost), "lost")
	count(fencedSeconds, (time.Duration(s.Counts.Fenced) * time.Millisecond).Seconds())
	for reason, refused := range s.Counts.Refusals {
		count(refusals, float64(refused), reason)
	}
	count(leaseErrors, float64(s.Counts.LeaseErrors))
}
