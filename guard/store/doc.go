// Package store keeps the timeline of a ring in a file, such that what happened last
// night has an answer.
//
// The file is a bbolt database. It is opened for each write and each read, and for no
// longer, so that a person can read the history while a guard writes it; one guard at a
// time may write, which a lock beside the file (its name and ".lock") sees to. The file
// has a version, and what cannot be read is an error that says so: [ErrVersion],
// [ErrCorrupt], [ErrLocked]. It imports guard/timeline and bbolt.
package store
