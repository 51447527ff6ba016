package swim

import (
	"slices"

	"github.com/dgryski/go-farm"

	"github.com/ringmend/ringmend/node/wire"
)

// Flavour selects how the checksum of a membership is computed; see [wire.Flavour].
type Flavour = wire.Flavour

// The flavours; see package wire.
const (
	FlavourGo   = wire.FlavourGo
	FlavourNode = wire.FlavourNode
	FlavourSum  = wire.FlavourSum
)

// checksummer keeps the string that the checksum is the hash of, so that a
// change of one member costs the change and not the cluster. Ringpop sorts one
// string per member and joins them; their order is that of the address table, so a new
// status is an edit in place.
type checksummer struct {
	table *table

	text   []byte  // the strings of all members, valid when built
	starts []int32 // starts[n] is where the string of member n begins in text
	built  bool

	sum   uint32 // the hash of text, valid when fresh
	fresh bool

	total uint64 // of all members' numbers, for FlavourSum
}

// added is to be called after a member was added.
func (c *checksummer) added(n memberID) {
	c.fresh = false
	c.total += c.weight(n)
	if !c.built {
		return
	}
	c.grow()
	rank := c.rank(n)
	start := c.startFrom(rank + 1)
	c.starts[n] = start
	c.replace(n, rank, start)
}

// forget drops the text, which is made anew when it is asked for. That is cheaper
// than many edits.
func (c *checksummer) forget() { c.built, c.fresh = false, false }

// removing is to be called before a member is removed.
func (c *checksummer) removing(n memberID) {
	c.fresh = false
	c.total -= c.weight(n)
	if c.built {
		rank := c.rank(n)
		start, end := c.starts[n], c.startFrom(rank+1)
		c.text = slices.Delete(c.text, int(start), int(end))
		c.shift(rank+1, start-end)
	}
}

// changing is to be called before a member changes, and changed afterwards.
func (c *checksummer) changing(n memberID) { c.total -= c.weight(n) }

func (c *checksummer) changed(n memberID) {
	c.fresh = false
	c.total += c.weight(n)
	if c.built {
		rank := c.rank(n)
		c.replace(n, rank, c.startFrom(rank+1))
	}
}

// replace writes the string of a member over text[starts[n]:end].
func (c *checksummer) replace(n memberID, rank int, end int32) {
	var scratch [128]byte
	text := c.appendMember(scratch[:0], n)
	start := c.starts[n]
	c.text = slices.Replace(c.text, int(start), int(end), text...)
	c.shift(rank+1, int32(len(text))-(end-start))
}

func (c *checksummer) rank(n memberID) int {
	return c.table.addresses.rank(c.table.addresses.address(n))
}

// shift moves the members from a rank on.
func (c *checksummer) shift(rank int, by int32) {
	if by == 0 {
		return
	}
	for _, n := range c.table.addresses.order[rank:] {
		if int(n) < len(c.starts) {
			c.starts[n] += by // of unknown ones, too: it means nothing there
		}
	}
}

// startFrom returns where in text the members from a rank on begin.
func (c *checksummer) startFrom(rank int) int32 {
	for _, n := range c.table.addresses.order[rank:] {
		if c.table.has(n) {
			return c.starts[n]
		}
	}
	return int32(len(c.text))
}

func (c *checksummer) build() {
	c.text = c.text[:0]
	c.grow()
	c.table.each(func(n memberID) bool {
		c.starts[n] = int32(len(c.text))
		c.text = c.appendMember(c.text, n)
		return true
	})
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
	if c.table.addresses.flavour == FlavourSum {
		return uint32(c.total>>32) ^ uint32(c.total)
	}
	if !c.built {
		c.build()
	}
	text := c.text
	if c.table.addresses.flavour == FlavourNode && len(text) > 0 {
		text = text[:len(text)-1] // no separator behind the last one
	}
	c.sum = farm.Fingerprint32(text)
	c.fresh = true
	return c.sum
}

// appendMember appends the string of a member.
func (c *checksummer) appendMember(dst []byte, n memberID) []byte {
	m := c.table.member(n)
	return wire.AppendChecksumText(dst, c.table.addresses.flavour, &m)
}

// weight is what a member adds to the checksum of [FlavourSum]. For the others it
// does not matter.
func (c *checksummer) weight(n memberID) uint64 {
	r := c.table.row(n)
	if c.table.addresses.flavour != FlavourSum || r.status == wire.Tombstone {
		return 0
	}
	h := c.table.addresses.hashes[n] ^ uint64(r.incarnation)<<3 ^ uint64(r.status)
	if r.is(labelled) {
		h ^= uint64(uint32(wire.LabelsChecksum(c.table.labels[n]))) << 32
	}
	// The finalizer of MurmurHash3: every bit of the result depends on every bit.
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
