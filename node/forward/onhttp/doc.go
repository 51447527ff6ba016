// Package onhttp forwards HTTP requests to the members that own their keys. It wraps the
// handler of a program, and any node of the cluster may then be asked for any key:
//
//	forwarder, err := forward.New(forward.ForNode(n))
//	...
//	handler, err := onhttp.New(values, onhttp.Options{
//		Forwarder: forwarder,
//		Keys:      func(r *http.Request) ([]string, error) { return []string{r.PathValue("key")}, nil },
//		Locate:    onhttp.ByLabel(n, "http"),
//	})
//	...
//	mux.Handle("/values/{key}", handler)
//
// Members are known by the addresses of their TChannel ports. A label says where they serve
// HTTP: each node sets one with its own host:port, by Labels of its Config.
//
// # What is forwarded
//
// The request with its method, path, query, host, body and all headers that are not about
// one connection; so traces (traceparent, b3 and the like) and credentials go along. The
// time that is left of the deadline goes as "Ringmend-Timeout" in milliseconds, and the
// number of hops as "Ringmend-Hops". Bodies of forwarded requests and of their answers are
// held in memory, up to [Options.MaxBody]. Upgrades of the protocol, such as WebSocket, are
// not forwarded.
//
// By its method a request is idempotent (GET, HEAD, PUT, DELETE, OPTIONS, TRACE) or not;
// one with the header Idempotency-Key is.
//
// # Answers
//
// What the owner's handler says is the answer, whatever its status. Besides:
//
//   - 400: the keys cannot be read; 413: the body is too long.
//   - 503, with "Ringmend-Executed: no": the request was not executed.
//   - 502, and 504 when the time was up, with "Ringmend-Executed: perhaps": it may have been executed.
//
// It imports packages forward and wire.
package onhttp
