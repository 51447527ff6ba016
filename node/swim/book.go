package swim

import (
	"slices"
	"strings"

	"github.com/dgryski/go-farm"

	"github.com/ringmend/ringmend/node/wire"
)

// addressBook numbers addresses, and keeps them in the order of a flavour; and it numbers
// who has declared something. What a node holds of a member is then a row at a
// number, with no text in it, and so is a change.
//
// A node has a book of its own, but for simulated ones that share one: see [Shared].
type addressBook struct {
	flavour      Flavour
	addresses    registry[wire.Address]
	hashes       []uint64 // of the addresses in order, by number; of others 0
	order        []number // of the addresses that members have had
	declarations registry[declaration]

	spare   [][]told // room for changes, the last used last
	changes changeRoom
}

// declaration says who has declared something, at which incarnation of its own, and
// when.
type declaration struct {
	source      number // of an address, or nobody
	incarnation int64
	timestamp   int64
}

// of reports whether somebody has declared it, in that life.
func (d *declaration) of(source number, incarnation int64) bool {
	return d.source == source && d.incarnation == incarnation
}

// nobody is the source of changes that name none.
const nobody number = -1

// newBook returns an empty book; what is in a shared one stays.
func newBook(flavour Flavour, shared bool) *addressBook {
	return &addressBook{
		flavour:      flavour,
		addresses:    newRegistry[wire.Address](shared),
		declarations: newRegistry[declaration](shared),
		changes:      changeRoom{again: shared},
	}
}

func (b *addressBook) address(n number) wire.Address { return b.addresses.keys[n] }

func (b *addressBook) find(a wire.Address) (number, bool) {
	n, ok := b.addresses.numbers[a]
	return n, ok
}

// findNear is find for an address that has had a number.
func (b *addressBook) findNear(n number, a wire.Address) (number, bool) {
	if b.address(n) == a {
		return n, true
	}
	return b.find(a)
}

// enter returns the number of an address, which stays until the next sweep.
func (b *addressBook) enter(a wire.Address) number {
	n, _ := b.addresses.enter(a)
	if missing := len(b.addresses.keys) - len(b.hashes); missing > 0 {
		b.hashes = append(b.hashes, make([]uint64, missing)...)
	}
	return n
}

// admit says that the owner of an address is a member of somebody's.
func (b *addressBook) admit(n number) {
	b.addresses.hold(n)
	if b.hashes[n] != 0 {
		return // it has its place
	}
	a := b.address(n)
	b.hashes[n] = max(1, farm.Fingerprint64([]byte(a)))
	b.order = slices.Insert(b.order, b.rank(a), n)
}

// dismiss takes back one admit.
func (b *addressBook) dismiss(n number) { b.addresses.release(n) }

// declare returns the number of a declaration, which stays until the next sweep.
func (b *addressBook) declare(source wire.Address, incarnation, timestamp int64) number {
	d := declaration{source: nobody, incarnation: incarnation, timestamp: timestamp}
	if source != "" {
		d.source = b.enter(source)
	}
	n, fresh := b.declarations.enter(d)
	if fresh && d.source != nobody {
		b.addresses.hold(d.source)
	}
	return n
}

// by returns who has declared something.
func (b *addressBook) by(n number) *declaration { return &b.declarations.keys[n] }

// sweep forgets what nobody uses. Numbers that were not held may mean something else
// afterwards, and what events point to is used for others.
func (b *addressBook) sweep() {
	if len(b.changes.changes) > 0 {
		b.changes.reuse()
	}
	if len(b.declarations.unused) > 0 {
		b.declarations.sweep(func(n number) {
			if d := b.by(n); d.source != nobody {
				b.addresses.release(d.source)
			}
		})
	}
	if len(b.addresses.unused) > 0 {
		gone := false
		b.addresses.sweep(func(n number) {
			gone = gone || b.hashes[n] != 0
			b.hashes[n] = 0
		})
		if gone {
			b.order = slices.DeleteFunc(b.order, func(n number) bool { return b.hashes[n] == 0 })
		}
	}
}

// maxSpare is how many lists are kept for more changes to come: in a storm the room
// that was used last is in the processor's cache.
const maxSpare = 64

// room returns an empty list with room for n changes.
func (b *addressBook) room(n int) []told {
	const near = 8
	last := len(b.spare) - 1
	for i := last; i >= 0 && i > last-near; i-- {
		if list := b.spare[i]; cap(list) >= n {
			b.spare = slices.Delete(b.spare, i, i+1)
			return list
		}
	}
	return make([]told, 0, n)
}

// quiet says that a storm is over for a node.
func (b *addressBook) quiet() {
	if !b.addresses.keeps {
		b.spare = nil
	}
}

// reclaim takes back a list that nobody looks at any more.
func (b *addressBook) reclaim(list []told) {
	if cap(list) < bulk {
		return
	}
	if len(b.spare) == maxSpare {
		b.spare = slices.Delete(b.spare, 0, maxSpare/2)
	}
	b.spare = append(b.spare, list[:0])
}

// rank returns where in order an address is, or would be.
func (b *addressBook) rank(a wire.Address) int {
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
