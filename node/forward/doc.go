// Package forward sends a request to the member that owns its key. Any node takes any
// request: what it owns it handles, and the rest it forwards.
//
// [Do] is the whole of it, for any kind of request and any transport: it finds the owner of
// the keys, and handles the request here or sends it there. Package ontchannel does so for
// requests over TChannel (raw, JSON, Thrift), package onhttp for HTTP; programs use those.
//
// # What may have run
//
// A request that fails may have been executed all the same: the answer was lost, say. Do
// tells both apart, by what the transport says ([NotRun]):
//
//   - An attempt that cannot have been executed (nobody listened, the owner was busy, or
//     refused since it is not the owner) is made again, whatever the request.
//   - One that may have been executed is made again only if the request is [Call.Idempotent].
//     Otherwise the caller gets an [Error] whose MayHaveRun is set.
//   - What the handler returns is an answer, errors included, and is never asked for twice.
//
// Attempts are made with growing pauses, until [Options.Patience] is over or the context
// ends. The owner is looked up anew for each: after the crash of a node its keys have no
// other owner until the suspect period is over, so the default of patience is longer.
//
// # Views that differ
//
// While a change of the members spreads, two nodes may differ about who owns a key. A node
// that gets a forwarded request which it does not own forwards it on, since it may well
// know better; but only up to [Options.MaxHops] times, so that no request goes round in
// circles. Only the node that got the request first tries again, so that retries do not
// multiply. A receiver with an Accept, such as that of a node with a split brain resolver,
// asks it before it handles anything.
//
// Keys of one request must have one owner: [ErrKeysDiverge] otherwise. Since keys that
// happen to share an owner may diverge with the next change of the ring, prefer one key.
//
// # Limits
//
// At most [Options.MaxInFlight] requests are forwarded at one time; those above it are
// refused at once, with [ErrBusy]. Nothing is queued.
//
// It imports package node, for [ForNode] only.
package forward
