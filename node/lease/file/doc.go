// Package file keeps the record of a lease in a file, for nodes on one machine or on a shared
// file system whose locks work between machines: NFS from version 4 on, say, and not a
// folder that is copied to and fro.
//
// The file is replaced as a whole under a lock on a file beside it, whose name ends in
// ".lock". It imports package lease.
package file
