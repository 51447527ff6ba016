package swim

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dgryski/go-farm"

	"github.com/ringmend/ringmend/node/wire"
)

// Flavour selects how the checksum of a membership is computed. All members of
// a cluster must use the same one: nodes that never agree on a checksum send
// each other their whole membership for ever.
type Flavour uint8

const (
	// FlavourGo is the checksum of ringpop-go.
	FlavourGo Flavour = iota
	// FlavourNode is the checksum of ringpop-node as its main.js runs it.
	FlavourNode
)

// ParseFlavour returns the flavour named "go" or "node".
func ParseFlavour(name string) (Flavour, error) {
	switch name {
	case "go":
		return FlavourGo, nil
	case "node":
		return FlavourNode, nil
	}
	return 0, fmt.Errorf("unknown checksum flavour %q: it is go or node", name)
}

// String returns the name of the flavour.
func (f Flavour) String() string {
	if f == FlavourNode {
		return "node"
	}
	return "go"
}

// Checksum returns the checksum of a membership, as a node that holds exactly
// these members reports it. Their order does not matter.
func Checksum(flavour Flavour, members []Member) uint32 {
	sum := checksummer{flavour: flavour}
	for i := range members {
		sum.sorted = append(sum.sorted, &members[i])
	}
	slices.SortFunc(sum.sorted, sum.compare)
	return sum.checksum()
}

// checksummer keeps the string that the checksum is the hash of, so that a
// change of one member costs the change and not the cluster.
//
// Ringpop sorts one string per member, address + status + incarnation, and
// joins them. That order does not depend on statuses and incarnations: of two
// addresses neither of which begins with the other, the addresses decide; and
// if one does, it continues with digits of its port, which sort before the
// letter that a status begins with. So members can be kept in order by address
// alone, and a new status is an edit in place.
type checksummer struct {
	flavour Flavour
	sorted  []*Member // in the order of their strings, unless unordered

	unordered bool // between suspend and resume

	text   []byte // the strings of all members, valid when built
	starts []int  // starts[i] is where sorted[i] begins in text
	built  bool

	sum   uint32 // the hash of text, valid when fresh
	fresh bool
}

// compare orders members as their strings are ordered.
func (c *checksummer) compare(a, b *Member) int {
	x, y := string(a.Address), string(b.Address)
	if c.flavour == FlavourGo && len(x) != len(y) {
		if strings.HasPrefix(x, y) {
			return -1
		}
		if strings.HasPrefix(y, x) {
			return 1
		}
	}
	return strings.Compare(x, y)
}

// add puts m among the others. It must not be there yet.
func (c *checksummer) add(m *Member) {
	if c.unordered {
		c.sorted = append(c.sorted, m)
		return
	}
	i, _ := slices.BinarySearchFunc(c.sorted, m, c.compare)
	c.sorted = slices.Insert(c.sorted, i, m)
	c.fresh = false
	if !c.built {
		return
	}
	start := len(c.text)
	if i < len(c.starts) {
		start = c.starts[i]
	}
	c.starts = slices.Insert(c.starts, i, start)
	c.replace(i, start)
}

// suspend stops keeping order and text until resume, which makes them anew. That
// is cheaper than many edits.
func (c *checksummer) suspend() {
	c.unordered = true
	c.built, c.fresh = false, false
}

func (c *checksummer) resume() {
	c.unordered = false
	slices.SortFunc(c.sorted, c.compare)
}

// remove takes m out. It must be there.
func (c *checksummer) remove(m *Member) {
	i, _ := slices.BinarySearchFunc(c.sorted, m, c.compare)
	c.fresh = false
	if c.built {
		start, end := c.starts[i], c.end(i)
		c.text = slices.Delete(c.text, start, end)
		c.starts = slices.Delete(c.starts, i, i+1)
		c.shift(i, start-end)
	}
	c.sorted = slices.Delete(c.sorted, i, i+1)
}

// changed is to be called after m, which is there, has changed.
func (c *checksummer) changed(m *Member) {
	c.fresh = false
	if c.built {
		i, _ := slices.BinarySearchFunc(c.sorted, m, c.compare)
		c.replace(i, c.end(i))
	}
}

// replace writes the string of member i over text[starts[i]:end].
func (c *checksummer) replace(i, end int) {
	var scratch [128]byte
	text := c.appendMember(scratch[:0], c.sorted[i])
	start := c.starts[i]
	c.text = slices.Replace(c.text, start, end, text...)
	c.shift(i+1, len(text)-(end-start))
}

func (c *checksummer) shift(from, by int) {
	if by == 0 {
		return
	}
	for i := range c.starts[from:] {
		c.starts[from+i] += by
	}
}

// end returns where the string of member i ends in text.
func (c *checksummer) end(i int) int {
	if i+1 < len(c.starts) {
		return c.starts[i+1]
	}
	return len(c.text)
}

func (c *checksummer) build() {
	c.text, c.starts = c.text[:0], c.starts[:0]
	for _, m := range c.sorted {
		c.starts = append(c.starts, len(c.text))
		c.text = c.appendMember(c.text, m)
	}
	c.built = true
}

func (c *checksummer) checksum() uint32 {
	if c.fresh {
		return c.sum
	}
	if !c.built {
		c.build()
	}
	text := c.text
	if c.flavour == FlavourNode && len(text) > 0 {
		text = text[:len(text)-1] // no separator behind the last one
	}
	c.sum = farm.Fingerprint32(text)
	c.fresh = true
	return c.sum
}

// appendMember appends the string of a member with the separator that follows
// it. Tombstones are left out, so that nodes which have forgotten a member
// agree with those that are about to.
func (c *checksummer) appendMember(dst []byte, m *Member) []byte {
	if m.Status == wire.Tombstone {
		return dst
	}
	dst = append(dst, m.Address...)
	dst = append(dst, m.Status.String()...)
	dst = strconv.AppendInt(dst, m.Incarnation, 10)
	if c.flavour == FlavourGo && len(m.Labels) > 0 {
		if sum := labelsChecksum(m.Labels); sum != 0 {
			dst = append(dst, "#labels"...)
			dst = strconv.AppendInt(dst, int64(sum), 10)
		}
	}
	return append(dst, ';')
}

// labelsChecksum combines the hashes of all labels such that their order does
// not matter. It is signed because ringpop-node's is.
func labelsChecksum(labels map[string]string) int32 {
	var sum uint32
	var scratch [256]byte
	for key, value := range labels {
		text := binary.BigEndian.AppendUint32(scratch[:0], uint32(len(key)))
		text = append(text, key...)
		text = binary.BigEndian.AppendUint32(text, uint32(len(value)))
		text = append(text, value...)
		sum ^= farm.Fingerprint32(text)
	}
	return int32(sum)
}
