package evict

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ringmend/ringmend/node/wire"
)

// MaxRecords is how many records a list holds at most: the latest ones. It is for single
// members; many that are down for good are reaped.
const MaxRecords = 64

// Record is the last word about a member.
type Record struct {
	Member wire.Address
	// Version grows with every word about the member. It is the time of the word, in
	// milliseconds since 1970, unless that would not out-bid the word before.
	Version int64
	Evicted bool // otherwise readmitted
}

// overrides reports whether r is the later word. Of two at once, on two sides of a
// partition, eviction counts.
func (r Record) overrides(other Record) bool {
	return r.Version > other.Version || r.Version == other.Version && r.Evicted && !other.Evicted
}

// List is a set of records, one for each member at most. The zero value is empty.
type List struct{ records map[wire.Address]Record }

// Len returns the number of records.
func (l *List) Len() int { return len(l.records) }

// Evicted reports whether a member is evicted.
func (l *List) Evicted(member wire.Address) bool { return l.records[member].Evicted }

// Get returns the record about a member.
func (l *List) Get(member wire.Address) (r Record, known bool) {
	r, known = l.records[member]
	return r, known
}

// Records returns all records, sorted by their members.
func (l *List) Records() []Record {
	return slices.SortedFunc(maps.Values(l.records), func(a, b Record) int { return cmp.Compare(a.Member, b.Member) })
}

// Members returns the evicted members, sorted.
func (l *List) Members() []wire.Address {
	var members []wire.Address
	for _, r := range l.Records() {
		if r.Evicted {
			members = append(members, r.Member)
		}
	}
	return members
}

// Merge takes a record in, and reports whether that has changed the list. In a full list the
// oldest record gives way, which may be the new one. A record that gives way does not make room
// for an earlier word about its member: that would be older still.
func (l *List) Merge(r Record) bool {
	before, known := l.records[r.Member]
	if known && !r.overrides(before) {
		return false
	}
	if l.records == nil {
		l.records = make(map[wire.Address]Record)
	}
	l.records[r.Member] = r
	if len(l.records) <= MaxRecords {
		return true
	}
	oldest := l.oldest()
	delete(l.records, oldest.Member)
	return oldest.Member != r.Member
}

// oldest returns the record that gives way first. All nodes have one order.
func (l *List) oldest() Record {
	return slices.MinFunc(slices.Collect(maps.Values(l.records)), func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.Version, b.Version), cmp.Compare(a.Member, b.Member))
	})
}

// HasRoomFor reports whether a word about a member can be taken without losing an eviction.
func (l *List) HasRoomFor(member wire.Address) bool {
	_, known := l.records[member]
	return known || len(l.records) < MaxRecords || !l.oldest().Evicted
}

// Next returns the record that says something new about a member at a time, in milliseconds
// since 1970.
func (l *List) Next(member wire.Address, evicted bool, millis int64) Record {
	return Record{Member: member, Version: max(millis, l.records[member].Version+1), Evicted: evicted}
}
