// Package statsd measures what happens to a node under the statsd names of ringpop-go, so
// that dashboards stay as they are. [Listener] feeds any [Sink]; package cactus beside
// this one makes a sink of a client:
//
//	n.AddListener(statsd.Listener(cactus.Sink(client)))
//
// Names are those of ringpop-go without the prefix "ringpop.ADDRESS.", for which there is
// [Prefix]; those of healing are this project's, except for heal.triggered and heal.attempt.
// compat/stats.txt lists ringpop-go's names, docs/operations.md this project's. Package metrics
// does the same for Prometheus, under names of its own. It imports packages heal, node, swim
// and wire.
package statsd
