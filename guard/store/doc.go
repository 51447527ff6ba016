// Package store keeps the timeline of a ring in a file, to answer what happened last
// night.
//
// The file is a bbolt database. It is open only during each write and each read, which
// lets a person read the history while a guard writes it. One guard at a time may write;
// a lock beside the file (its name and ".lock") ensures that. The file has a version, and
// a file that cannot be read is an error that says why: [ErrVersion], [ErrCorrupt],
// [ErrLocked]. It imports guard/timeline and bbolt.
package store
