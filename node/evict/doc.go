// Package evict keeps which members an operator has put out of the rings.
//
// A [Record] is the last word about one member: evicted or readmitted, and a version. A
// [List] is a set of records that is merged by one rule, whatever the order: the higher
// version wins, and eviction at equal versions. [Labels] and [Parse] turn records into labels
// of a member and back. So records travel by ordinary gossip, through the published nodes as
// well, are in the checksum of the membership, and are merged when a partition heals.
//
// Package core decides which nodes carry records in their labels; package admin reads them
// from memberships. This package is pure, and imports node/wire only. Begin with record.go.
package evict
