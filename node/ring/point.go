package ring

import (
	"cmp"
	"math/bits"
	"slices"
	"strconv"

	"github.com/dgryski/go-farm"
)

// point is one place of a server on the ring: its hash in the upper 32 bits,
// the slot of the server in the lower ones. Points are ordered by hash, then by
// address of the server. Those with both equal belong to one server and answer
// every question the same, so nothing orders them.
type point uint64

func newPoint(hash, slot uint32) point { return point(hash)<<32 | point(slot) }

func (p point) hash() uint32 { return uint32(p >> 32) }
func (p point) slot() uint32 { return uint32(p) }

// fingerprint is FarmHash's Fingerprint32. Hash32 computes the same and is
// plain Go: through the assembly of Fingerprint32 the argument would escape,
// and each key would be copied to the heap.
func fingerprint[B []byte | string](b B) uint32 { return farm.Hash32([]byte(b)) }

// appendPoints appends the n points of a server. What is hashed is the address
// and the number of the point. This gives :3000 and :30001 points in common
// ("…:300010" is number 10 of the one and number 0 of the other), which is why
// an identity has a "#" behind it.
func appendPoints(points []point, s *server, slot uint32, n int) []point {
	buf := append(make([]byte, 0, 64), s.identity...)
	if s.labelled() {
		buf = append(buf, '#')
	}
	prefix := len(buf)
	for i := range n {
		buf = strconv.AppendInt(buf[:prefix], int64(i), 10)
		points = append(points, newPoint(fingerprint(buf), slot))
	}
	return points
}

// comparePoints orders points of r.
func (r *Ring) comparePoints(a, b point) int {
	if c := cmp.Compare(a.hash(), b.hash()); c != 0 || a.slot() == b.slot() {
		return c
	}
	return cmp.Compare(r.server(a.slot()).address, r.server(b.slot()).address)
}

// sortPoints puts points of r in order. It sorts them as numbers, which is much
// faster than comparing addresses, and right but for the few that share a hash.
func (r *Ring) sortPoints(points []point) {
	sortNumbers(points)
	for start := 0; start < len(points); {
		end := start + 1
		for end < len(points) && points[end].hash() == points[start].hash() {
			end++
		}
		if end-start > 1 {
			slices.SortFunc(points[start:end], r.comparePoints)
		}
		start = end
	}
}

// sortNumbers sorts points by their value. Hashes are spread evenly, so dealing
// out many points by their leading bits leaves only short lists to sort.
func sortNumbers(points []point) {
	const short = 8
	dealBits := bits.Len(uint(len(points) / short))
	if dealBits < 5 {
		slices.Sort(points)
		return
	}
	shift := 64 - dealBits
	ends := make([]int, 1<<dealBits)
	for _, p := range points {
		ends[p>>shift]++
	}
	for i := range len(ends) - 1 {
		ends[i+1] += ends[i]
	}
	dealt := slices.Clone(points)
	for i := len(dealt) - 1; i >= 0; i-- {
		pile := dealt[i] >> shift
		ends[pile]--
		points[ends[pile]] = dealt[i]
	}
	for i, start := range ends { // now the starts
		end := len(points)
		if i+1 < len(ends) {
			end = ends[i+1]
		}
		slices.Sort(points[start:end])
	}
}
