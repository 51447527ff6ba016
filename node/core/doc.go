// Package core is the protocol of one node, whole: the membership protocol of
// package swim, the healing of package heal, the evictions of package evict and, if it is
// on, the resolver of package resolve, composed into one deterministic state machine.
//
// It has no I/O and no clock; its driver has these duties, in this order:
//
//  1. Call one input method with the current time. Inputs are never concurrent.
//  2. Call [Core.Take] and carry out the effects: make each call once and hand
//     in its end with [Core.Response]; pass on the answers; deliver the events
//     in order; if NeedHosts is set, ask discovery and hand in [Core.Hosts]; if Lease
//     is, carry it out and hand in [Core.LeaseDone].
//  3. Call [Core.Advance] at [Core.Deadline], unless another input comes first.
//
// Package node is the driver on a real network. Another is a test, or a
// simulator, that carries the calls of many cores by hand.
//
// Begin with core.go, which has all inputs. core imports swim, heal, heal/resolve, evict and wire.
package core
