// Package swim is the membership protocol as a state machine: who is a member
// and in which state, how changes of that spread, and how failures are found.
// The rules are those of SWIM (Das, Gupta, Motivala 2002) in the dialect that
// Ringpop nodes speak.
//
// It does no I/O and knows no clock, no lock and no goroutine. A [Node] is
// driven from outside, one input at a time:
//
//   - [Node.Advance] says what time it is. It comes before every other input.
//   - [Node.Request] hands over a call that arrived; [Calls.Finish] the answer,
//     or the failure, of a call that the state machine asked for.
//   - The other methods are commands: Bootstrap, SetStatus, Tick, and so on.
//
// What it wants done is appended to an [Effects] value: calls to make, answers
// to give, events to tell. [Node.Deadline] says when Advance is due again.
// Equal inputs and an equal seed give equal effects.
//
// swim imports wire only. Package heal builds on it, and package core composes
// the two; programs use package node.
package swim
