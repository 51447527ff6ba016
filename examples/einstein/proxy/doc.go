// Package proxy spreads requests over the nodes of a service, in turn, as long as they say
// that they are ready: what a load balancer does in front of a service with a resolver, where a
// node of the minority refuses. A request that a node refuses all the same goes to the next one.
//
// Begin with [New]; [Proxy.Run] looks at the nodes. The package imports the standard library.
package proxy
