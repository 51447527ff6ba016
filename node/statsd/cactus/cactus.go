package cactus

import (
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"

	ringmend "github.com/ringmend/ringmend/node/statsd"
)

// Sink returns a sink that sends with a client, whose prefix should be [ringmend.Prefix] of
// the node's address. Errors of the client are dropped: a node must not depend on
// its metrics. The caller closes the client, after the node.
func Sink(client statsd.StatSender) ringmend.Sink { return sink{client} }

type sink struct{ client statsd.StatSender }

func (s sink) Count(name string, n int64) { _ = s.client.Inc(name, n, 1) }

func (s sink) Gauge(name string, value int64) { _ = s.client.Gauge(name, value, 1) }

func (s sink) Timing(name string, d time.Duration) { _ = s.client.TimingDuration(name, d, 1) }
