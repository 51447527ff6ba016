// Package hashring is a consistent hash ring with any hash function, under ringpop-go's
// names and with its placement. A node's own ring is package ring, which is faster and
// has one hash function; a test compares both.
//
// Of this module it imports the compat packages events and membership.
package hashring
