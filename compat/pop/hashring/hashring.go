package hashring

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dgryski/go-farm"

	"github.com/ringmend/ringmend/compat/pop/events"
	"github.com/ringmend/ringmend/compat/pop/membership"
)

// Configuration holds the settings of a ring.
type Configuration struct {
	// ReplicaPoints is how many places each server takes.
	ReplicaPoints int
}

// HashRing says which server owns a key. Its methods may be called concurrently. It tells
// listeners of [events.RingChangedEvent] and [events.RingChecksumEvent], in the goroutine
// that changes it, before its lock is released to others.
type HashRing struct {
	events.SyncEventEmitter

	hash     func([]byte) uint32
	replicas int

	mu       sync.RWMutex
	identity map[string]string // of the servers, by address
	points   []point           // sorted
	checksum checksums
}

// point is one of the places of a server.
type point struct {
	hash   uint32
	server string
}

func comparePoints(a, b point) int {
	switch {
	case a.hash < b.hash:
		return -1
	case a.hash > b.hash:
		return 1
	}
	return strings.Compare(a.server, b.server)
}

// checksums are those of a state of the ring.
type checksums struct{ identities, replica uint32 }

func (c checksums) byName() map[string]uint32 { return map[string]uint32{"replica": c.replica} }

// New returns an empty ring, whose servers have so many places each.
func New(hashfunc func([]byte) uint32, replicaPoints int) *HashRing {
	return &HashRing{hash: hashfunc, replicas: replicaPoints, identity: make(map[string]string)}
}

// Checksum returns the checksum of the identities of all servers; 0 if there never was
// one.
func (r *HashRing) Checksum() (checksum uint32) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.checksum.identities
}

// Checksums returns checksums by name: "replica" is that of all places.
func (r *HashRing) Checksums() (checksums map[string]uint32) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.checksum.byName()
}

// HasServer reports whether a server is in the ring.
func (r *HashRing) HasServer(server string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	_, has := r.identity[server]
	return has
}

// ServerCount returns the number of servers.
func (r *HashRing) ServerCount() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.identity)
}

// Servers returns the addresses of all servers, sorted.
func (r *HashRing) Servers() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	servers := make([]string, 0, len(r.identity))
	for server := range r.identity {
		servers = append(servers, server)
	}
	slices.Sort(servers)
	return servers
}

// AddMembers adds members, and reports whether that has changed the ring.
func (r *HashRing) AddMembers(members ...membership.Member) bool {
	changes := make([]membership.MemberChange, len(members))
	for i, m := range members {
		changes[i].After = m
	}
	return r.change(changes)
}

// RemoveMembers removes members, and reports whether that has changed the ring.
func (r *HashRing) RemoveMembers(members ...membership.Member) bool {
	changes := make([]membership.MemberChange, len(members))
	for i, m := range members {
		changes[i].Before = m
	}
	return r.change(changes)
}

// ProcessMembershipChanges adds members that are reachable now and removes those that were.
func (r *HashRing) ProcessMembershipChanges(changes []membership.MemberChange) { r.change(changes) }

func (r *HashRing) change(changes []membership.MemberChange) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	var done events.RingChangedEvent
	for _, c := range changes {
		switch {
		case c.Before == nil && c.After != nil:
			r.put(c.After, &done)
		case c.Before != nil && c.After == nil:
			r.take(c.Before.GetAddress(), &done)
		case c.Before != nil && c.Before.Identity() != c.After.Identity():
			r.move(c.After, &done)
		}
	}
	if len(done.ServersAdded)+len(done.ServersUpdated)+len(done.ServersRemoved) == 0 {
		return false
	}
	slices.SortFunc(r.points, comparePoints)
	old := r.checksum
	r.checksum = r.sum()
	r.EmitEvent(events.RingChecksumEvent{
		OldChecksum: old.identities, NewChecksum: r.checksum.identities,
		OldChecksums: old.byName(), NewChecksums: r.checksum.byName(),
	})
	r.EmitEvent(done)
	return true
}

// put adds a server, unless it is there.
func (r *HashRing) put(m membership.Member, done *events.RingChangedEvent) {
	if _, has := r.identity[m.GetAddress()]; !has {
		r.place(m)
		done.ServersAdded = append(done.ServersAdded, m.GetAddress())
	}
}

// move gives a server the places of another identity.
func (r *HashRing) move(m membership.Member, done *events.RingChangedEvent) {
	r.removePoints(m.GetAddress())
	r.place(m)
	done.ServersUpdated = append(done.ServersUpdated, m.GetAddress())
}

func (r *HashRing) place(m membership.Member) {
	server, identity := m.GetAddress(), m.Identity()
	r.identity[server] = identity
	prefix := identity
	if identity != server {
		prefix += "#" // or the place of "a:1" and number 10 would be that of "a:11" and 0
	}
	for i := range r.replicas {
		r.points = append(r.points, point{r.hash([]byte(prefix + strconv.Itoa(i))), server})
	}
}

func (r *HashRing) take(server string, done *events.RingChangedEvent) {
	if _, has := r.identity[server]; !has {
		return
	}
	delete(r.identity, server)
	r.removePoints(server)
	done.ServersRemoved = append(done.ServersRemoved, server)
}

func (r *HashRing) removePoints(server string) {
	r.points = slices.DeleteFunc(r.points, func(p point) bool { return p.server == server })
}

// sum computes the checksums, by Ringpop's own hash whatever that of the ring is.
func (r *HashRing) sum() checksums {
	var identities []string
	for _, identity := range r.identity {
		identities = append(identities, identity)
	}
	slices.Sort(identities)
	var places []byte
	for _, p := range r.points {
		places = strconv.AppendUint(places, uint64(p.hash), 10)
		places = append(places, '-')
		places = append(places, p.server...)
		places = append(places, ';')
	}
	return checksums{
		identities: farm.Fingerprint32([]byte(strings.Join(slices.Compact(identities), ";"))),
		replica:    farm.Fingerprint32(places),
	}
}

// Lookup returns the server that owns a key; the second value is false when the ring is
// empty.
func (r *HashRing) Lookup(key string) (string, bool) {
	owners := r.LookupN(key, 1)
	if len(owners) == 0 {
		return "", false
	}
	return owners[0], true
}

// LookupN returns up to n different servers: the owner of a key and those that follow. With
// no more than n servers it returns all.
func (r *HashRing) LookupN(key string, n int) []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.points) == 0 || n < 1 {
		return nil
	}
	hash := r.hash([]byte(key))
	first, _ := slices.BinarySearchFunc(r.points, hash, func(p point, hash uint32) int {
		if p.hash < hash {
			return -1
		}
		return 1
	})
	owners := make([]string, 0, min(n, len(r.identity)))
	for i := range r.points {
		server := r.points[(first+i)%len(r.points)].server
		if !slices.Contains(owners, server) {
			owners = append(owners, server)
		}
		if len(owners) == cap(owners) {
			break
		}
	}
	return owners
}
