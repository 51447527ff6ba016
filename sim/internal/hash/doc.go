// Package hash mixes numbers for digests and traces. It has nothing in common with
// Ringpop's checksums, which are checked with it.
package hash
