package ring

import (
	"cmp"
	"math"
	"slices"
)

// Change adds a server to the ring, or removes it.
type Change struct {
	// Server is the address of the server; lookups return it.
	Server string
	// Identity is hashed in place of the address. It is the server's
	// "__identity" label, also an empty one, or equal to Server when it has no
	// such label. It is not looked at when the server is removed.
	Identity string
	// Remove says that the server leaves the ring.
	Remove bool
}

// Update returns the ring after the changes, and whether it is another one than
// r, which stays as it is. Changes are applied in order, so the last one about
// a server counts. Adding a server again with the same identity or removing one
// that is not there is no change; adding it with another identity moves it.
func (r *Ring) Update(changes []Change) (ring *Ring, changed bool) {
	join, leave := r.diff(changes)
	if len(join)+len(leave) == 0 {
		return r, false
	}
	next := &Ring{
		replicaPoints: r.replicaPoints,
		size:          r.size + len(join) - len(leave),
		base:          r.base,
		gone:          r.gone,
		goneCount:     r.goneCount,
		added:         slices.Clone(r.added),
		extra:         r.extra,
	}
	next.remove(leave)
	next.add(join)
	if next.goneCount+len(next.added) > maxChanges(next.size) {
		next.rebase()
	}
	return next, true
}

// maxChanges returns after how many changes a ring of the given size gets a new
// base.
//
// With p points for each of n servers, k changes copy p*k/2 extra points each,
// on average, and then one pass goes over all p*n points: p*(k/2 + n/k) points
// per change, least at k = sqrt(2*n) if all points cost the same. Copying in
// runs is cheaper than the pass, hence the somewhat larger k.
func maxChanges(size int) int { return 8 + int(3*math.Sqrt(float64(size))) }

// diff reduces changes to the servers that join and the slots of those that
// leave. A server that changes its identity does both.
func (r *Ring) diff(changes []Change) (join []*server, leave []uint32) {
	changes = slices.Clone(changes)
	slices.SortStableFunc(changes, func(a, b Change) int { return cmp.Compare(a.Server, b.Server) })
	for i, c := range changes {
		if i+1 < len(changes) && changes[i+1].Server == c.Server {
			continue
		}
		slot, found := r.find(c.Server)
		if found && !c.Remove && r.server(slot).identity == c.Identity {
			continue
		}
		if found {
			leave = append(leave, slot)
		}
		if !c.Remove {
			join = append(join, &server{address: c.Server, identity: c.Identity})
		}
	}
	return join, leave
}

// remove takes servers out of a ring that is not published yet.
func (r *Ring) remove(slots []uint32) {
	copied, stale := false, false
	for _, slot := range slots {
		if i := int(slot) - len(r.base.servers); i >= 0 {
			r.added[i], stale = nil, true
			continue
		}
		if !copied {
			r.gone = append(make([]bool, 0, len(r.base.servers)), r.gone...)[:len(r.base.servers)]
			copied = true
		}
		r.gone[slot] = true
		r.goneCount++
	}
	if stale {
		r.extra = slices.DeleteFunc(slices.Clone(r.extra), func(p point) bool {
			return r.server(p.slot()) == nil
		})
	}
}

// add puts servers into a ring that is not published yet.
func (r *Ring) add(servers []*server) {
	if len(servers) == 0 {
		return
	}
	points := make([]point, 0, len(servers)*r.replicaPoints)
	for _, s := range servers {
		slot := uint32(len(r.base.servers) + len(r.added))
		r.added = append(r.added, s)
		points = appendPoints(points, s, slot, r.replicaPoints)
	}
	r.sortPoints(points)
	if len(r.extra) == 0 {
		r.extra = points
		return
	}

	merged := make([]point, 0, len(r.extra)+len(points))
	rest := r.extra
	for _, p := range points {
		i, _ := slices.BinarySearch(rest, newPoint(p.hash(), 0))
		for i < len(rest) && rest[i].hash() == p.hash() && r.comparePoints(rest[i], p) < 0 {
			i++
		}
		merged = append(append(merged, rest[:i]...), p)
		rest = rest[i:]
	}
	r.extra = append(merged, rest...)
}

// rebase makes a new base of all servers of a ring that is not published yet.
func (r *Ring) rebase() {
	const gone = math.MaxUint32
	slots := make([]uint32, len(r.base.servers)+len(r.added)) // old slot to new
	for i := range slots {
		slots[i] = gone
	}
	servers := make([]server, 0, r.size)
	for _, slot := range r.sorted() {
		slots[slot] = uint32(len(servers))
		servers = append(servers, *r.server(slot))
	}

	points := make([]point, 0, r.size*r.replicaPoints)
	extra := r.extra
	for _, p := range r.base.points {
		slot := slots[p.slot()]
		if slot == gone {
			continue
		}
		for len(extra) > 0 && extra[0].hash() <= p.hash() && r.comparePoints(extra[0], p) < 0 {
			points = append(points, newPoint(extra[0].hash(), slots[extra[0].slot()]))
			extra = extra[1:]
		}
		points = append(points, newPoint(p.hash(), slot))
	}
	for _, p := range extra {
		points = append(points, newPoint(p.hash(), slots[p.slot()]))
	}
	r.base = newBase(servers, points)
	r.gone, r.goneCount = nil, 0
	r.added, r.extra = nil, nil
}
