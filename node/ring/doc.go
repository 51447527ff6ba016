// Package ring is the consistent hash ring that says which member owns a key.
//
// Placement, owners and checksums are those of ringpop-go, bit for bit: in a
// mixed cluster every member must name the same owner for a key.
//
// A [Ring] is a value that never changes; [Ring.Update] returns another one,
// which shares with the old one all that the update did not touch. A ring
// may therefore be read from any goroutine without a lock, and the owner of the
// current one publishes it through an atomic pointer:
//
//	next, changed := current.Load().Update(changes)
//	if changed {
//		current.Store(next)
//	}
//
// The package stands alone: it imports the hash function and the standard
// library, starts no goroutine and keeps no global state.
package ring
