// Package web serves the state of a node over HTTP, for Prometheus, Kubernetes' probes and
// people:
//
//	/metrics       for Prometheus, when [Config.Metrics] is set
//	/livez         200 when the node answers at all
//	/readyz        200 when it should get requests; 503 and the reasons otherwise
//	/statusz       how things stand, as text
//	/loglevel      the level of the log; PUT changes it
//	/debug/pprof/  when [Config.Profiling] is set
//
// Anyone who reaches the address may read all of it, so the address belongs on a network
// for operators. Nothing here changes the node or its membership; the level of
// the log may be changed from [Config.AdminFrom] only.
//
// [NewHandler] is for programs that have an HTTP server; [Listen] makes one with
// limits. The package imports package node, and not Prometheus' client.
package web
