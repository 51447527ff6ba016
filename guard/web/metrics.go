package web

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringmend/ringmend/guard/explain"
	"github.com/ringmend/ringmend/guard/timeline"
	"github.com/ringmend/ringmend/guard/watch"
)

// Metrics are the figures of a guard.
type Metrics struct {
	looks       *prometheus.CounterVec
	lookTime    prometheus.Histogram
	last        prometheus.Gauge
	sides       prometheus.Gauge
	views       prometheus.Gauge
	members     *prometheus.GaugeVec
	disagree    prometheus.Gauge
	checksums   prometheus.Counter
	findings    *prometheus.GaugeVec
	splits      prometheus.Counter
	healTime    prometheus.Histogram
	actions     *prometheus.CounterVec
	rebirths    prometheus.Gauge
	budget      prometheus.Gauge
	lastSums    map[uint32]bool // nil before the first look
	findingSeen map[explain.Kind]bool
}

// NewMetrics registers all metrics. Calls returns how many calls were made so far.
func NewMetrics(r prometheus.Registerer, calls func() watch.Calls) *Metrics {
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "ringmend_guard_" + name, Help: help})
		r.MustRegister(g)
		return g
	}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: "ringmend_guard_" + name, Help: help})
		r.MustRegister(c)
		return c
	}
	m := &Metrics{
		looks:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "ringmend_guard_looks_total", Help: "Looks at the ring, by whether any node answered."}, []string{"result"}),
		lookTime: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "ringmend_guard_look_seconds", Help: "How long a look took.", Buckets: prometheus.ExponentialBuckets(0.005, 2, 13)}),
		last:     gauge("last_look_timestamp_seconds", "When a look last showed something, in unix seconds."),
		sides:    gauge("partitions", "Sides of the ring: sets of nodes that gossip with each other. More than 1 is a split, 0 means that nothing is known."),
		views:    gauge("views", "Different memberships that nodes hold."),
		members:  prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "ringmend_guard_members", Help: "Members, by how they stand."}, []string{"status"}),
		disagree: gauge("disagreeing_nodes", "Nodes that hold another membership than most of their side."),

		checksums: counter("checksum_changes_total", "Membership checksums that were seen and had not been there at the look before."),
		findings:  prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "ringmend_guard_findings", Help: "Members concerned by what stays wrong, by kind."}, []string{"kind"}),
		splits:    counter("splits_total", "Splits that began."),
		healTime:  prometheus.NewHistogram(prometheus.HistogramOpts{Name: "ringmend_guard_split_seconds", Help: "How long splits lasted.", Buckets: prometheus.ExponentialBuckets(0.5, 2, 14)}),
		actions:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "ringmend_guard_actions_total", Help: "What was done to the ring: rebirth, attempt, merge, accuse, invite; by whether it went well."}, []string{"action", "result"}),
		rebirths:  gauge("rebirths_pending", "Members that must reincarnate before sides can be merged."),
		budget:    gauge("budget_used_up", "1 while calls are put off because the budget for them is used up."),

		findingSeen: make(map[explain.Kind]bool),
	}
	r.MustRegister(m.looks, m.lookTime, m.members, m.findings, m.healTime, m.actions, &callCollector{
		calls: calls,
		made:  prometheus.NewDesc("ringmend_guard_calls_total", "Calls made to nodes.", []string{"endpoint"}, nil),
		fail:  prometheus.NewDesc("ringmend_guard_call_errors_total", "Calls that nodes did not answer.", []string{"endpoint"}, nil),
		bytes: prometheus.NewDesc("ringmend_guard_call_bytes_total", "Bytes of the bodies of calls and answers.", []string{"endpoint"}, nil),
	})
	return m
}

// Looked counts a look.
func (m *Metrics) Looked(s *watch.State, findings []explain.Finding) {
	if s.Err != nil {
		m.looks.WithLabelValues("failed").Inc()
		m.sides.Set(0)
		return
	}
	m.looks.WithLabelValues("ok").Inc()
	m.lookTime.Observe(s.Took.Seconds())
	m.last.Set(float64(s.At.UnixMilli()) / 1000)
	v := s.Verdict
	m.sides.Set(float64(len(v.Sides)))
	m.views.Set(float64(v.Views))
	for status, n := range map[string]int{
		"up": len(v.Up), "suspect": len(v.Suspect), "silent": len(v.Silent), "faulty": len(v.Faulty), "left": len(v.Left),
	} {
		m.members.WithLabelValues(status).Set(float64(n))
	}
	sums, others := make(map[uint32]bool), 0
	for i := range v.Sides {
		for j, view := range v.Sides[i].Views {
			if j > 0 {
				others += len(view.Nodes)
			}
			sums[view.Checksum] = true
			if m.lastSums != nil && !m.lastSums[view.Checksum] {
				m.checksums.Inc()
			}
		}
	}
	m.lastSums = sums
	m.disagree.Set(float64(others))
	for kind := range m.findingSeen {
		m.findings.WithLabelValues(string(kind)).Set(0)
	}
	for _, f := range findings {
		m.findingSeen[f.Kind] = true
		m.findings.WithLabelValues(string(f.Kind)).Add(float64(max(f.Count, 1)))
	}
	rebirths := 0
	for _, p := range s.Pairs {
		rebirths += len(p.Rebirths)
	}
	m.rebirths.Set(float64(rebirths))
	m.budget.Set(0)
	if s.Short {
		m.budget.Set(1)
	}
}

// Happened counts events.
func (m *Metrics) Happened(events []timeline.Event) {
	for i := range events {
		switch events[i].Kind {
		case timeline.SplitBegan:
			m.splits.Inc()
		case timeline.SplitEnded:
			m.healTime.Observe(events[i].Seconds)
		}
	}
}

// Acted counts something that was done.
func (m *Metrics) Acted(a watch.Action) {
	result := "ok"
	if a.Err != nil {
		result = "failed"
	}
	m.actions.WithLabelValues(a.What, result).Inc()
}

// callCollector gives the numbers of calls.
type callCollector struct {
	calls             func() watch.Calls
	made, fail, bytes *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (c *callCollector) Describe(out chan<- *prometheus.Desc) {
	out <- c.made
	out <- c.fail
	out <- c.bytes
}

// Collect implements prometheus.Collector.
func (c *callCollector) Collect(out chan<- prometheus.Metric) {
	for endpoint, n := range c.calls() {
		out <- prometheus.MustNewConstMetric(c.made, prometheus.CounterValue, float64(n.Made), endpoint)
		out <- prometheus.MustNewConstMetric(c.fail, prometheus.CounterValue, float64(n.Failed), endpoint)
		out <- prometheus.MustNewConstMetric(c.bytes, prometheus.CounterValue, float64(n.Bytes), endpoint)
	}
}
