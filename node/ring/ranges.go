package ring

import (
	"cmp"
	"math"
	"slices"
)

// Ranges are hashes of keys: ranges in order that do not touch.
type Ranges []hashRange

// hashRange is the hashes from first to last, both included.
type hashRange struct{ first, last uint32 }

// Ranges returns which keys a server owns. It costs the points of the server, not those of
// the ring.
func (r *Ring) Ranges(server string) Ranges {
	slot, found := r.find(server)
	if !found {
		return nil
	}
	var list Ranges
	for _, p := range appendPoints(nil, r.server(slot), slot, r.replicaPoints) {
		if !r.leads(slot, p.hash()) {
			continue // another server has the same hash, and comes first
		}
		switch after := r.before(p.hash()); {
		case after < p.hash():
			list = append(list, hashRange{after + 1, p.hash()})
		default: // across the end
			list = append(list, hashRange{0, p.hash()})
			if after < math.MaxUint32 {
				list = append(list, hashRange{after + 1, math.MaxUint32})
			}
		}
	}
	return list.tidied()
}

// leads reports whether the keys with a hash belong to a server.
func (r *Ring) leads(slot, hash uint32) bool {
	for p := range r.from(hash) {
		return p.slot() == slot
	}
	return false
}

// before returns the hash of the last point before one, going backwards around the ring: of
// that point itself, if there is no other hash.
func (r *Ring) before(hash uint32) uint32 {
	best := hash
	nearer := func(h uint32) {
		// Distances, less one: the whole way round is the longest.
		if hash-h-1 < hash-best-1 {
			best = h
		}
	}
	if n := len(r.base.points); n > r.goneCount*r.replicaPoints {
		i := r.base.seek(hash)
		for {
			i--
			if i < 0 {
				i = n - 1
			}
			if p := r.base.points[i]; !r.isGone(p.slot()) {
				nearer(p.hash())
				break
			}
		}
	}
	if n := len(r.extra); n > 0 {
		i, _ := slices.BinarySearch(r.extra, newPoint(hash, 0))
		nearer(r.extra[(i+n-1)%n].hash())
	}
	return best
}

// tidied sorts ranges and joins those that touch.
func (l Ranges) tidied() Ranges {
	slices.SortFunc(l, func(a, b hashRange) int { return cmp.Compare(a.first, b.first) })
	out := l[:0]
	for _, r := range l {
		if n := len(out); n > 0 && out[n-1].last >= r.first-min(r.first, 1) {
			out[n-1].last = max(out[n-1].last, r.last)
			continue
		}
		out = append(out, r)
	}
	return out
}

// Has reports whether a key is among those of the ranges. It does not allocate.
func (l Ranges) Has(key string) bool { return l.has(fingerprint(key)) }

func (l Ranges) has(hash uint32) bool {
	i, found := slices.BinarySearchFunc(l, hash, func(r hashRange, hash uint32) int { return cmp.Compare(r.first, hash) })
	return found || i > 0 && hash <= l[i-1].last
}

// And returns the keys that are in both.
func (l Ranges) And(other Ranges) Ranges {
	var out Ranges
	for i, j := 0, 0; i < len(l) && j < len(other); {
		a, b := l[i], other[j]
		if first, last := max(a.first, b.first), min(a.last, b.last); first <= last {
			out = append(out, hashRange{first, last})
		}
		if a.last < b.last {
			i++
		} else {
			j++
		}
	}
	return out
}
