package ring

import (
	"iter"
	"slices"
)

// Lookup returns the address of the server that owns key: the one with the
// first point at or after the key's hash. It returns false when the ring is
// empty. It does not allocate.
func (r *Ring) Lookup(key string) (server string, ok bool) {
	for p := range r.from(fingerprint(key)) {
		return r.server(p.slot()).address, true
	}
	return "", false
}

// LookupN returns the addresses of the n servers that come first at or after
// the key's hash, each once: the owner, then those that follow in preference.
// It returns all servers when there are no more than n, and nil when there are
// none or n is less than 1.
func (r *Ring) LookupN(key string, n int) []string {
	n = min(n, r.size)
	if n < 1 {
		return nil
	}
	return r.AppendLookupN(make([]string, 0, n), key, n)
}

// AppendLookupN appends what [Ring.LookupN] returns to dst. It does not
// allocate when dst has room for it and n is at most 16.
func (r *Ring) AppendLookupN(dst []string, key string, n int) []string {
	n = min(n, r.size)
	if n < 1 {
		return dst
	}
	start := len(dst)
	var seen []bool // by slot; a few servers are found faster in dst
	if n > 16 {
		seen = make([]bool, len(r.base.servers)+len(r.added))
	}
	for p := range r.from(fingerprint(key)) {
		address := r.server(p.slot()).address
		if seen == nil {
			if slices.Contains(dst[start:], address) {
				continue
			}
		} else {
			if seen[p.slot()] {
				continue
			}
			seen[p.slot()] = true
		}
		dst = append(dst, address)
		if len(dst)-start == n {
			break
		}
	}
	return dst
}

// from goes once around the ring and yields all points in order, beginning with
// the first at or after hash.
func (r *Ring) from(hash uint32) iter.Seq[point] {
	return func(yield func(point) bool) {
		i, _ := slices.BinarySearch(r.extra, newPoint(hash, 0))
		extra := newTour(r.extra, i)
		base := newTour(r.base.points, r.base.seek(hash))
		for base.left > 0 || extra.left > 0 {
			var p point
			switch {
			case base.left > 0 && r.isGone(base.next().slot()):
				base.advance()
				continue
			case extra.left == 0 || base.left > 0 && r.comesBefore(base.next(), extra.next(), hash):
				p = base.next()
				base.advance()
			default:
				p = extra.next()
				extra.advance()
			}
			if !yield(p) {
				return
			}
		}
	}
}

// comesBefore reports whether a comes before b on the way around the ring from
// hash.
func (r *Ring) comesBefore(a, b point, hash uint32) bool {
	if da, db := a.hash()-hash, b.hash()-hash; da != db {
		return da < db
	}
	return r.comparePoints(a, b) < 0
}

// tour goes once through a list as if its end was joined to its start.
type tour struct {
	points   []point
	at, left int
}

func newTour(points []point, start int) tour {
	if start == len(points) {
		start = 0
	}
	return tour{points: points, at: start, left: len(points)}
}

func (t *tour) next() point { return t.points[t.at] }

func (t *tour) advance() {
	t.left--
	if t.at++; t.at == len(t.points) {
		t.at = 0
	}
}
