package table

import (
	"slices"

	"github.com/dgryski/go-farm"

	"github.com/ringmend/ringmend/node/wire"
)

// checksummer keeps the text that the checksum is the hash of, and edits it: a change of one
// member costs the change, and not the cluster. Ringpop sorts one string per member and
// joins them; their order is that of [Table.All], so a new status is an edit in place.
type checksummer struct {
	table *Table

	text   []byte  // the strings of all members in order; valid while built
	starts []int32 // by number: where the string of a member begins in text; valid while built
	built  bool

	sum   uint32 // the hash of text; valid while fresh
	fresh bool   // no member has changed since

	total uint64 // the sum of the weights of all members
}

// added is to be called after a member was added.
func (c *checksummer) added(m MemberID) {
	c.fresh = false
	c.total += c.weight(m)
	if !c.built {
		return
	}
	c.grow()
	rank := c.rank(m)
	start := c.startFrom(rank + 1)
	c.starts[m] = start
	c.replace(m, rank, start)
}

// forget drops the text, which is made anew when it is asked for. That is cheaper
// than many edits.
func (c *checksummer) forget() { c.built, c.fresh = false, false }

// removing is to be called before a member is removed.
func (c *checksummer) removing(m MemberID) {
	c.fresh = false
	c.total -= c.weight(m)
	if c.built {
		rank := c.rank(m)
		start, end := c.starts[m], c.startFrom(rank+1)
		c.text = slices.Delete(c.text, int(start), int(end))
		c.shift(rank+1, start-end)
	}
}

// changing is to be called before a member changes, and changed afterwards.
func (c *checksummer) changing(m MemberID) { c.total -= c.weight(m) }

func (c *checksummer) changed(m MemberID) {
	c.fresh = false
	c.total += c.weight(m)
	if c.built {
		rank := c.rank(m)
		c.replace(m, rank, c.startFrom(rank+1))
	}
}

// replace writes the string of a member over text[starts[m]:end].
func (c *checksummer) replace(m MemberID, rank int, end int32) {
	var scratch [128]byte
	text := c.appendMember(scratch[:0], m)
	start := c.starts[m]
	c.text = slices.Replace(c.text, int(start), int(end), text...)
	c.shift(rank+1, int32(len(text))-(end-start))
}

func (c *checksummer) rank(m MemberID) int {
	return c.table.addresses.rank(c.table.Address(m))
}

// shift moves the members from a rank on.
func (c *checksummer) shift(rank int, by int32) {
	if by == 0 {
		return
	}
	for _, m := range c.table.addresses.order[rank:] {
		if int(m) < len(c.starts) {
			c.starts[m] += by // also where it means nothing
		}
	}
}

// startFrom returns where in text the members from a rank on begin.
func (c *checksummer) startFrom(rank int) int32 {
	for _, m := range c.table.addresses.order[rank:] {
		if c.table.Has(m) {
			return c.starts[m]
		}
	}
	return int32(len(c.text))
}

func (c *checksummer) build() {
	c.text = c.text[:0]
	c.grow()
	for m := range c.table.All() {
		c.starts[m] = int32(len(c.text))
		c.text = c.appendMember(c.text, m)
	}
	c.built = true
}

func (c *checksummer) grow() {
	if missing := len(c.table.rows) - len(c.starts); missing > 0 {
		c.starts = append(c.starts, make([]int32, missing)...)
	}
}

func (c *checksummer) checksum() uint32 {
	if c.fresh {
		return c.sum
	}
	if c.table.addresses.flavour == wire.FlavourSum {
		return uint32(c.total>>32) ^ uint32(c.total)
	}
	if !c.built {
		c.build()
	}
	text := c.text
	if c.table.addresses.flavour == wire.FlavourNode && len(text) > 0 {
		text = text[:len(text)-1] // no separator behind the last one
	}
	c.sum = farm.Fingerprint32(text)
	c.fresh = true
	return c.sum
}

// appendMember appends the string of a member.
func (c *checksummer) appendMember(dst []byte, m MemberID) []byte {
	member := c.table.Member(m)
	return wire.AppendChecksumText(dst, c.table.addresses.flavour, &member)
}

// weight is what a member adds to the checksum of [wire.FlavourSum]; for other flavours
// it is 0.
func (c *checksummer) weight(m MemberID) uint64 {
	r := &c.table.rows[m]
	if c.table.addresses.flavour != wire.FlavourSum || r.status == wire.Tombstone {
		return 0
	}
	h := c.table.addresses.hashes[m] ^ uint64(r.incarnation)<<3 ^ uint64(r.status)
	if r.is(labelled) {
		h ^= uint64(uint32(wire.LabelsChecksum(c.table.labels[m]))) << 32
	}
	// The finalizer of MurmurHash3: every bit of the result depends on every bit.
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
