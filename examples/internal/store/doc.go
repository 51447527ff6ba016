// Package store is what the key-value examples hold: numbers by key, in memory. A value is
// lost with the node that holds it, and when its key moves to another one; a service that
// must not lose any keeps them elsewhere, and has each key's owner as its only writer.
package store
