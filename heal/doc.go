// Package heal finds the other side of a partition and merges with it. After
// the suspect period each side of a split holds the other side faulty and stops
// pinging it; nothing in SWIM brings them together again.
//
// Like package swim it is a state machine without I/O: see [Healer]. What it
// does on the wire is what any Ringpop peer understands.
//
// Begin with plan.go, which compares two memberships and says who must reincarnate
// before they can be merged, and go on to healer.go, the attempt that does both.
// untold.go adds to a plan what would reach the other side late. search.go chooses whom
// to ask, slots.go and urgency.go when, followup.go when to come back, and backoff.go whom
// to leave alone for a while.
//
// heal imports swim and wire.
package heal
