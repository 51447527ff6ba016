// Package ontchannel forwards requests over TChannel: raw, JSON and Thrift bodies alike.
// A program registers its endpoints with it, on the channel that it owns, and any node of
// the cluster may be called for any key:
//
//	forwarder, err := forward.New(forward.ForNode(n))
//	...
//	service, err := ontchannel.New(channel, forwarder, ontchannel.Options{})
//	...
//	defer service.Close()
//	service.Register("get", ontchannel.JSON(get, ontchannel.Idempotent, func(r *GetRequest) []string { return []string{r.Key} }))
//
// The node itself lives on the same channel: see package onchannel. Nodes call each other at
// the addresses that they are members by.
//
// # On the wire
//
// A forwarded request repeats the call: the same service, endpoint, arg scheme, caller,
// routing headers and body, with the header "ringmend-hops" added to arg2. The
// deadline goes along as TChannel's time to live, and the trace of the context as the
// library passes it on. Headers of raw calls are encoded as those of Thrift ones.
//
// A request that was not executed is answered with TChannel's system error "declined"; one
// that may have been, because the owner's answer was lost, with "network error" or "timeout".
//
// It imports tchannel-go and packages forward and wire.
package ontchannel
