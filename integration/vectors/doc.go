// Package vectors holds the conformance vectors for Ringpop nodes as data: the
// vectors themselves, the schema that describes them, the schemas of the bodies
// that nodes send, and what is known of published programs. README.md explains
// the language. There is no code here; package vector runs them.
package vectors
