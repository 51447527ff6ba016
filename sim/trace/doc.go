// Package trace condenses everything that happens in a world into a hash, which is equal
// for equal scripts. It can write the events to a file, and keeps the last ones of each
// node for the story of a violation.
//
// It is an observer of package world, and imports only that and sim/script of the
// simulator. Begin with trace.go; entry.go is what is kept of an event, and its words.
package trace
