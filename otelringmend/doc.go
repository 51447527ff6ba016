// Package otelringmend records forwarded requests as spans of OpenTelemetry, and takes the
// trace of a caller along from node to node, as W3C trace context in the headers of HTTP and in
// the application headers of TChannel (arg2 of JSON, Thrift and raw calls).
//
//	o := forward.ForNode(n)
//	o.Tracer = otelringmend.New(otelringmend.Options{})
//	f, err := forward.New(o)
//
// A request is one span at each node that it comes to, of kind server, and each attempt to
// forward it one of kind client below it:
//
//	ringmend.request              at the node that the client has asked
//	  ringmend.forward            to the owner, as this node believes
//	    ringmend.request          there
//
// The context of a handler has the span of its request.
//
// This is a module of its own: a node does not depend on OpenTelemetry.
package otelringmend
