// Package lease is the store outside of a cluster by which the strategy lease-majority
// decides: one [Record], which only moves forward, by compare and swap. There is no timer in
// it. A node that advances a record names the members of its side; of two sides that know the
// same record only one can advance it, and the other then reads a record that does not name it.
//
// [Lease] is the interface. Packages file and kubernetes implement it here, the module
// lease/etcd for etcd, and package leasetest has the tests that all of them pass.
//
// lease imports the resolver's record, and no network packages.
package lease

import (
	"context"

	"github.com/ringmend/ringmend/heal/resolve"
)

// Record is what a store holds. The zero value stands for a store that holds none yet.
type Record = resolve.Record

// ErrConflict is wrapped by the error of an [Lease.Advance] that was not made, because the
// record has another epoch than the caller knew. Any other error leaves open whether it was.
var ErrConflict = resolve.ErrConflict

// Lease is a store of one record. Its methods may be called concurrently, and return soon
// after ctx ends.
type Lease interface {
	// Read returns the record. It must be the latest one that any Advance has returned,
	// to any node: a cache or a follower that is behind will not do.
	Read(ctx context.Context) (Record, error)
	// Advance replaces the record of epoch from by to, whose epoch is from + 1, and returns
	// it. When the record has another epoch the error wraps [ErrConflict].
	Advance(ctx context.Context, from uint64, to Record) (Record, error)
}
