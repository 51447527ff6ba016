// Package leasetest has the tests that every [lease.Lease] passes. It imports package lease.
package leasetest
