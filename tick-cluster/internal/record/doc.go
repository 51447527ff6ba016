// Package record writes the events of a session to a file: one JSON object a line, each
// with its time and its kind.
//
// Each line is written when it happens, with one call of Write: the file is complete up to
// the last line however the session ends. [Read] reads it. docs/tick-cluster.md describes
// the format. The package imports the standard library only.
package record
