// Package swim is the membership protocol as a state machine: who is a member and in
// which state, how changes of that spread, and how failures are found. The rules are those
// of SWIM (Das, Gupta, Motivala 2002) in the dialect that Ringpop nodes speak.
//
// It does no I/O and knows no clock, no lock and no goroutine. A [Node] is driven from
// outside, one input at a time:
//
//   - [Node.Advance] says what time it is. It comes before every other input.
//   - [Node.Request] hands over a call that arrived; [Calls.Finish] the answer, or the
//     failure, of a call that the state machine asked for.
//   - The other methods are commands: Bootstrap, SetStatus, Tick, and so on.
//
// What it wants done is appended to an [Effects] value: calls to make, answers to give,
// events to tell. [Node.Deadline] says when Advance is due again. Equal inputs and an equal
// seed give equal effects.
//
// Each file is a rule. Begin with probe.go, the ping of a protocol period, and follow it:
//
//   - indirect_probe.go asks helpers to ping a member that does not answer; declare.go makes
//     it suspect, and later faulty; refute.go is how a member that lives answers that.
//   - detection.go sets how long that takes: suspicion.go counts independent accusers,
//     local_health.go and isolation.go doubt the node itself before others, and
//     short_period.go probes sooner while most pings fail.
//   - ping.go handles a ping: update.go applies what it tells, dissemination.go chooses what
//     to tell in turn, fullsync.go exchanges whole memberships.
//   - partition_guard.go keeps out what must not be believed, clock.go incarnations from the
//     future, capacity.go more members than there is room for.
//   - bootstrap.go and join.go are how a node becomes a member, with hosts_to_join.go, which
//     chooses whom to ask; local.go is how it leaves.
//   - profile.go names the rules by which published nodes differ from this one.
//
// A storm is a time when most members have a pending change, as when a partition begins or
// ends: then less is told.
//
// swim imports wire, and package table below it, which stores the members. Package heal
// builds on it, and package core composes the two; programs use package node.
package swim
