package swim

import (
	"slices"
	"strings"

	"github.com/dgryski/go-farm"

	"github.com/ringmend/ringmend/node/wire"
)

// Book numbers addresses, and keeps them in the order of a flavour. What a node
// holds of a member is then a row at a number, with no text in it.
//
// A node makes a book of its own. Many nodes in one process, as in a simulation,
// can share one and so keep each address once; they must then be driven one at
// a time, and the addresses of nodes that are dropped stay in it.
type Book struct {
	flavour Flavour
	numbers map[wire.Address]number
	entries []bookEntry // by number
	order   []number    // of the addresses that are in use
	free    []number    // to be given out again
}

// number stands for an address as long as somebody uses it.
type number int32

type bookEntry struct {
	address wire.Address
	hash    uint64
	uses    int32 // the rows for it, and the pending changes that it has declared
}

// NewBook returns an empty book, for nodes of one flavour.
func NewBook(flavour Flavour) *Book {
	return &Book{flavour: flavour, numbers: make(map[wire.Address]number)}
}

func (b *Book) address(n number) wire.Address { return b.entries[n].address }

func (b *Book) find(a wire.Address) (number, bool) {
	n, ok := b.numbers[a]
	return n, ok
}

// findNear is find for an address that probably has the number that a hint says.
func (b *Book) findNear(hint int32, a wire.Address) (number, bool) {
	if n := number(hint) - 1; n >= 0 && int(n) < len(b.entries) && b.entries[n].address == a {
		return n, true
	}
	return b.find(a)
}

// hint is what a change says for a number.
func (n number) hint() int32 { return int32(n) + 1 }

// acquire returns the number of an address for one more use.
func (b *Book) acquire(a wire.Address) number {
	n, ok := b.numbers[a]
	if !ok {
		n = b.enter(a)
	}
	b.entries[n].uses++
	return n
}

func (b *Book) enter(a wire.Address) number {
	n := number(len(b.entries))
	if last := len(b.free) - 1; last >= 0 {
		n = b.free[last]
		b.free = b.free[:last]
	} else {
		b.entries = append(b.entries, bookEntry{})
	}
	b.entries[n] = bookEntry{address: a, hash: farm.Fingerprint64([]byte(a))}
	b.numbers[a] = n
	b.order = slices.Insert(b.order, b.rank(a), n)
	return n
}

// release says that there is one use less of an address.
func (b *Book) release(n number) {
	e := &b.entries[n]
	e.uses--
	if e.uses > 0 {
		return
	}
	rank := b.rank(e.address)
	b.order = slices.Delete(b.order, rank, rank+1)
	delete(b.numbers, e.address)
	e.address = ""
	b.free = append(b.free, n)
}

// rank returns where in order an address is, or would be.
func (b *Book) rank(a wire.Address) int {
	rank, _ := slices.BinarySearchFunc(b.order, a, func(n number, a wire.Address) int {
		return b.flavour.compare(b.address(n), a)
	})
	return rank
}

// compare orders addresses as the strings are ordered that Ringpop makes of the
// members for a checksum: address + status + incarnation. Statuses and
// incarnations do not matter for that: of two addresses neither of which begins
// with the other, the addresses decide; and if one does, it continues with
// digits of its port, which sort before the letter that a status begins with.
func (f Flavour) compare(a, b wire.Address) int {
	x, y := string(a), string(b)
	if f == FlavourGo && len(x) != len(y) {
		if strings.HasPrefix(x, y) {
			return -1
		}
		if strings.HasPrefix(y, x) {
			return 1
		}
	}
	return strings.Compare(x, y)
}
