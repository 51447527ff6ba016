// Package forward sends requests to the members that own their keys. Any node accepts any
// request: it handles those whose keys it owns, and forwards the others.
//
// [Do] does this for any kind of request over any transport: it looks up the owner of the
// keys, and handles the request here or sends it there. Programs use package ontchannel, for
// TChannel (raw, JSON and Thrift), or package onhttp, for HTTP.
//
// # What may have run
//
// A request that failed may have been executed nevertheless, if only its answer was lost.
// [Do] distinguishes three outcomes of an attempt, by what the transport reports:
//
//   - It cannot have been executed ([NotRun]): the connection was refused, the receiver was
//     busy, or is not the owner. The attempt is repeated, whatever the request.
//   - It may have been executed. The attempt is repeated only if the request is
//     [Call.Idempotent]; otherwise the caller gets an [Error] with MayHaveRun set.
//   - The handler answered, possibly with an error. An answer is final.
//
// Attempts are repeated with growing pauses until [Options.Patience] or the context ends, and
// each looks up the owner anew. When a node crashes, its keys have no other owner until the
// suspect period is over; the default patience is longer than that.
//
// # Views that differ
//
// While a membership change spreads, two nodes may disagree about the owner of a key. A node
// that receives a forwarded request for a key it does not own forwards it again, because it
// may have the newer view. [Options.MaxHops] bounds this, which breaks loops. Only the first
// node retries, or retries would multiply. A receiver asks [Options.Accept], such as that of a
// node with a split brain resolver, before it handles anything.
//
// All keys of a request must have the same owner, or it fails with [ErrKeysDiverge]. Keys that
// happen to share an owner may diverge at the next change of the ring: prefer a single key.
//
// # Limits
//
// At most [Options.MaxInFlight] requests are forwarded at one time, and as many wait for their
// next attempt. Others fail at once with [ErrBusy].
//
// It imports package node, for [ForNode] only.
package forward
