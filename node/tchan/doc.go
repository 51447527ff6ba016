// Package tchan is the transport of Ringpop nodes and their tools: calls with a raw body
// over TChannel, on TCP. It does not interpret the bodies.
//
// The protocol is implemented here: tchannel-go is imported by tests only, which talk to
// it in both directions. It needs two goroutines and the buffers of a queue for every
// connection, some 13 KB, and a cluster is a full mesh of connections that mostly idle.
// Begin reading in conn.go. The package imports transport, wire and internal/version.
//
// # Use
//
//	t, err := tchan.New(tchan.Options{Logger: logger})
//	...
//	defer t.Close()
//	err = t.Listen("10.0.0.1:3000", handle) // left out by programs that only call
//	...
//	answer, err := t.Call(ctx, "10.0.0.2:3000", "/protocol/ping", body)
//
// A [Transport] sends JSON calls (header "as: json", arg2 "{}") of the service
// "ringpop" and makes exactly one attempt. It answers JSON and raw calls in the
// scheme of the request; an error of the [Handler] becomes an application error,
// {"type":"error","message":"..."}, and a [RemoteError] on the other side.
//
// # Connections
//
// Calls go both ways over a connection, whichever side made it, any number at a time. A
// peer says in the handshake who it is, so a member that calls from an ephemeral port is
// called back over the same connection. Two peers that dial each other at the same
// moment have two; both use the one that the peer with the lesser address made, and the
// other one is closed once it is idle. Connections stay open until they were idle for
// IdleTimeout, or their place is needed: a call over an open one costs one write and one
// read on each side, and making one costs some twenty system calls more.
//
// On Linux an idle connection has no goroutine and no buffer. One goroutine waits for all
// connections of a transport, reads, checks frames, and hands answers to the callers
// that wait for them and requests to a goroutine each (poller_linux.go). It never waits for
// anything else. Short requests whose handlers do not wait either it handles itself, and it
// takes in the answers of calls that no goroutine waits for (start.go): a ping needs none. Elsewhere, and for connections that are not TCP sockets themselves, as
// those with TLS, each has a goroutine that does the same.
//
// The sender of a frame writes it straight to the socket, if the socket takes it at once.
// The rest waits in a queue of at most 256 KB, which a goroutine writes until it is empty;
// senders wait for room there until their context ends. Refusals and answers to TChannel's
// pings cannot wait; a peer that leaves 1 MB of those unread loses the connection.
//
// # The frame guard
//
// tchannel-go (up to v1.34.6 at least) crashes the process on frames that anyone
// can send: one with an unknown checksum type indexes past an array, one with no
// argument at all takes the first of none. Other frames it drops without an
// answer while the caller waits for its timeout. Here every frame is received as a whole
// and checked, before anything is done about it (frame.go). The first bad one ends the
// connection: the peer gets a protocol error frame that says what is wrong, and the log
// gets a warning (at most one a second for all connections).
// What is checked:
//
//   - every frame: size, known type, fields that end where the frame does;
//   - the handshake: it comes first and once, version 2, with host_port and
//     process_name, of bounded number and size;
//   - calls and answers: flags, time to live (1 ms to 10 min), service, transport
//     headers, checksum type (none, CRC-32 or CRC-32C) and checksum, at least one
//     chunk per frame, exactly three arguments in all, arg1 (at most 16 KB) whole
//     in the first frame;
//   - messages of several frames: a continuation only of what is open, no second
//     beginning, at most 32 unfinished ones in each direction, and the body limit
//     over all frames.
//
// A frame below 4 KB costs one read of the socket. What is kept of it is one allocation,
// the body, besides the request.
//
// Calls to the service "tchannel", with which tchannel-go lets anyone read its
// state and goroutine stacks, are refused as bad frames.
//
// What concerns one call only is answered and leaves the connection alone: an
// unknown service or arg scheme, arg2 that is not a JSON object, a node that is
// busy. Bodies are not looked at: that is the caller's and the handler's part.
//
// # Limits
//
// Everything that a peer can make the process hold has a limit in [Options]:
// connections, handlers that run, bytes of bodies. Slow peers lose their
// connection: those that take too long over the handshake, over a frame or
// message they began, or over reading what is sent to them; and so do idle ones.
//
// When there are too many connections from outside, a newcomer takes the place
// of another one, because refusing newcomers would let idle connections keep
// members out. The place is that of the oldest connection that never introduced
// itself, if those hold more than an eighth of the places, and otherwise of the
// one that did nothing for longest; its owner connects again when it needs to.
// A connection that was active within the last second or has a call in progress
// keeps its place; when all do, the newcomer is refused.
//
// Connections need file descriptors, and how many there may be in all follows from
// RLIMIT_NOFILE: a quarter of it, from 16 to 256, is for the rest of the process. When
// that is used up, or others in the process have taken it, the connection that was idle
// for longest is given up for the next one, whichever side made it. Where none is idle a call
// waits, and a newcomer does so for 1.5 s. So a node with 64 descriptors is a member of
// a large cluster; below 1024 the log says so once.
//
// A call above the limits on handlers or bytes is answered "busy". Bodies up to
// 4 KB do not count, and one connection gets at most a quarter of the handlers,
// which keeps pings going while one peer floods the node.
//
// Addresses that could not be reached leave nothing behind, and peers are
// forgotten with their last connection.
//
// # Where trust ends
//
// TChannel has no authentication. A peer is who it says it is in the handshake:
// a connection from anyone that names itself 10.0.0.2:3000 may be used for calls
// to 10.0.0.2:3000 while it is open. The guard keeps a process alive; it does not make
// a hostile network safe. [Options.TLS] lets in only those with a certificate of the
// right authorities, and encrypts; [Options.AcceptFrom] names networks. Among those that
// are let in, each is still who it says it is.
//
// A connection from outside may be plain or TLS at the same port: its first bytes tell.
package tchan
