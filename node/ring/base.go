package ring

import (
	"cmp"
	"math/bits"
	"slices"
)

// base is a ring laid out for fast lookups. It is never modified.
type base struct {
	// servers are ordered by address; the index is the slot.
	servers []server
	// points are in order.
	points []point
	// cells divide the range of hashes evenly, by the leading bits of a hash:
	// cells[hash>>shift] is the index of the cell's first point.
	cells []uint32
	shift int

	// text is the addresses of all servers, each followed by ";", and that of
	// the server with slot i begins at starts[i].
	text   []byte
	starts []uint32
	// labelled says that a server's identity is not its address.
	labelled bool
}

// pointsPerCell is the mean length of what a lookup searches. With 8 points, a
// cache line, the cells take a sixteenth of the memory of the points.
const pointsPerCell = 8

func newBase(servers []server, points []point) *base {
	cellBits := bits.Len(uint(len(points) / pointsPerCell))
	b := &base{
		servers: servers,
		points:  points,
		cells:   make([]uint32, 1<<cellBits+1),
		shift:   32 - cellBits,
		starts:  make([]uint32, 1, len(servers)+1),
	}
	for _, s := range servers {
		b.text = append(append(b.text, s.address...), ';')
		b.starts = append(b.starts, uint32(len(b.text)))
		b.labelled = b.labelled || s.labelled()
	}
	cell := 0
	for i, p := range points {
		for ; cell <= int(p.hash()>>b.shift); cell++ {
			b.cells[cell] = uint32(i)
		}
	}
	for ; cell < len(b.cells); cell++ {
		b.cells[cell] = uint32(len(points))
	}
	return b
}

// seek returns the index of the first point at or after hash; the number of
// points when there is none.
func (b *base) seek(hash uint32) int {
	cell := hash >> b.shift
	start, end := b.cells[cell], b.cells[cell+1]
	i, _ := slices.BinarySearch(b.points[start:end], newPoint(hash, 0))
	return int(start) + i
}

// search returns the slot of the server with the given address, or the one that
// it would have.
func (b *base) search(address string) (slot int, found bool) {
	return slices.BinarySearchFunc(b.servers, address, func(s server, address string) int {
		return cmp.Compare(s.address, address)
	})
}
