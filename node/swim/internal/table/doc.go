// Package table stores what a node knows of the members of its cluster, and what
// it still has to tell the others, in a form that stays small and quick when
// there are thousands of members and most of them change at once.
//
// It knows one rule of the protocol, which change overrides which (override.go), since
// that is asked for each change of each message. All others are in package swim, the
// only one that imports it: what is believed, what is sent to whom, and how long a
// state lasts. Begin with [Table]: a row for each member, at the number of its address.
//
//   - [Batch] changes members, and keeps what they were and are for an event.
//   - [ChangeSet] is a list of changes, as messages carry them.
//   - [Pending] holds the changes that are being disseminated, and how often
//     each of them was sent.
//   - [Timers] hold when the states of members run out.
//   - [ProbeOrder] says which member is pinged next.
//
// Members are handled by number, a [MemberID]. Numbers that are in use, by a
// member or by a change that is pending, keep their meaning; all others may get
// another one at [Table.Sweep], which the owner calls between two inputs.
//
// Of this module table imports wire only.
package table
