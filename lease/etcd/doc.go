// Package etcd keeps the record of a lease in a key of etcd, by its official client. An advance
// is a transaction on the revision at which the key was read. etcd's own leases, which end by
// themselves, are not used.
//
// It is a module of its own, so that a program without it has neither etcd's client nor gRPC.
package etcd
