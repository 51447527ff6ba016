package ring

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dgryski/go-farm"
	"pgregory.net/rapid"
)

// model is a ring as its definition says it: one sorted list of all points.
type model struct {
	replicaPoints int
	identities    map[string]string // by address
}

type modelPoint struct {
	hash    uint32
	address string
	index   int
}

func (m *model) points() []modelPoint {
	var points []modelPoint
	for address, identity := range m.identities {
		for i := range m.replicaPoints {
			text := identity + "#" + strconv.Itoa(i)
			if identity == address {
				text = identity + strconv.Itoa(i)
			}
			points = append(points, modelPoint{farm.Fingerprint32([]byte(text)), address, i})
		}
	}
	slices.SortFunc(points, func(a, b modelPoint) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.address, b.address), cmp.Compare(a.index, b.index))
	})
	return points
}

func (m *model) update(changes []Change) (changed bool) {
	before := fmt.Sprint(m.identities)
	for _, c := range changes {
		if c.Remove {
			delete(m.identities, c.Server)
		} else {
			m.identities[c.Server] = c.Identity
		}
	}
	return fmt.Sprint(m.identities) != before
}

// lookup returns all servers in the order of preference for key.
func (m *model) lookup(points []modelPoint, key string) []string {
	hash := farm.Fingerprint32([]byte(key))
	start := len(points)
	for i, p := range points {
		if p.hash >= hash {
			start = i
			break
		}
	}
	var servers []string
	seen := map[string]bool{}
	for _, p := range append(slices.Clone(points[start:]), points[:start]...) {
		if !seen[p.address] {
			seen[p.address] = true
			servers = append(servers, p.address)
		}
	}
	return servers
}

func (m *model) checksums(points []modelPoint) (identity, replica uint32) {
	identities := map[string]bool{}
	for _, id := range m.identities {
		identities[id] = true
	}
	var sorted []string
	for id := range identities {
		sorted = append(sorted, id)
	}
	slices.Sort(sorted)
	var all strings.Builder
	for _, p := range points {
		fmt.Fprintf(&all, "%d-%s;", p.hash, p.address)
	}
	return farm.Fingerprint32([]byte(strings.Join(sorted, ";"))), farm.Fingerprint32([]byte(all.String()))
}

type checker interface {
	Helper()
	Fatalf(format string, args ...any)
}

// check compares every answer of r with the model's.
func (m *model) check(t checker, r *Ring) {
	t.Helper()
	points := m.points()
	servers := make([]string, 0, len(m.identities))
	for address := range m.identities {
		servers = append(servers, address)
		if !r.Has(address) {
			t.Fatalf("Has(%q) = false for a server of the ring", address)
		}
	}
	slices.Sort(servers)
	if got := r.Servers(); !slices.Equal(got, servers) {
		t.Fatalf("Servers() = %v, want %v", got, servers)
	}
	if r.Len() != len(servers) {
		t.Fatalf("Len() = %d, want %d", r.Len(), len(servers))
	}
	identity, replica := m.checksums(points)
	if got := r.Checksum(); got != identity {
		t.Fatalf("Checksum() = %d, want %d for %v", got, identity, m.identities)
	}
	if got := r.ReplicaChecksum(); got != replica {
		t.Fatalf("ReplicaChecksum() = %d, want %d for %v", got, replica, m.identities)
	}
	keys := []string{"", "key", "a key of more than the thirty-two bytes that fit on a stack"}
	for i := range 10 {
		keys = append(keys, fmt.Sprint("key", i))
	}
	for _, address := range servers { // a key that hashes to a point exactly
		keys = append(keys, address+"0")
	}
	for _, key := range keys {
		want := m.lookup(points, key)
		owner, ok := r.Lookup(key)
		if ok != (len(want) > 0) || ok && owner != want[0] {
			t.Fatalf("Lookup(%q) = %q, %v, want the first of %v", key, owner, ok, want)
		}
		for _, n := range []int{-1, 0, 1, 2, 3, 16, 17, len(want), len(want) + 1} {
			first := want[:min(max(n, 0), len(want))]
			if got := r.LookupN(key, n); !slices.Equal(got, first) {
				t.Fatalf("LookupN(%q, %d) = %v, want %v", key, n, got, first)
			}
		}
	}
}

// drawChange draws a change of one of a few servers: servers leave, come back and
// change their identity. Many of them share points with others: their
// addresses are prefixes of each other, or they have the same identity.
func drawChange(t *rapid.T) Change {
	address := rapid.SampledFrom([]string{
		"127.0.0.1:3000", "127.0.0.1:30001", "127.0.0.1:30000", "127.0.0.1:300", "127.0.0.1:3001", "127.0.0.1:30010",
		"127.0.0.1:3", "127.0.0.1:30", "[::1]:3000", "host-a:1", "host-b:1", "host-b:10", "10.0.0.1:4000", "10.0.0.2:4000",
		"10.0.0.3:4000", "10.0.0.4:4000", "10.0.0.5:4000", "10.0.0.6:4000", "10.0.0.7:4000", "10.0.0.8:4000",
	}).Draw(t, "address")
	identity := address
	if rapid.IntRange(0, 2).Draw(t, "labelled") == 0 {
		identity = rapid.SampledFrom([]string{"", "one", "two", "127.0.0.1:3000", "one#1", "zebra"}).Draw(t, "identity")
	}
	return Change{Server: address, Identity: identity, Remove: rapid.IntRange(0, 2).Draw(t, "remove") == 0}
}

func TestRingBehavesAsSortedListOfPoints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SampledFrom([]int{1, 2, 12, 31}).Draw(t, "points")
		m := &model{replicaPoints: points, identities: map[string]string{}}
		r := New(points)
		updates := rapid.IntRange(1, 24).Draw(t, "updates")
		for i := range updates {
			changes := rapid.SliceOfN(rapid.Custom(drawChange), 0, 6).Draw(t, "changes")
			old, servers, checksum := r, r.Servers(), r.ReplicaChecksum()

			next, changed := r.Update(changes)
			if want := m.update(changes); changed != want {
				t.Fatalf("Update(%v) of %v: changed = %v, want %v", changes, servers, changed, want)
			}
			if !changed && next != r {
				t.Fatalf("Update(%v) changed nothing, but returned another ring", changes)
			}
			r = next
			if i%8 == 0 || i == updates-1 {
				m.check(t, r)
			}
			old.replicaChecksum = lazyChecksum{}
			if !slices.Equal(old.Servers(), servers) || old.ReplicaChecksum() != checksum {
				t.Fatalf("Update(%v) modified the ring that it was called on", changes)
			}
		}
	})
}

func TestRingStaysRightOverManyBases(t *testing.T) {
	m := &model{replicaPoints: 3, identities: map[string]string{}}
	r := New(3)
	bases := map[*base]bool{}
	for i := range 600 {
		address := fmt.Sprintf("10.0.0.%d:3000", i*7%120)
		c := Change{Server: address, Identity: address, Remove: r.Has(address)}
		m.update([]Change{c})
		r, _ = r.Update([]Change{c})
		bases[r.base] = true
		if i%100 == 0 {
			m.check(t, r)
		}
	}
	m.check(t, r)
	if len(bases) < 5 {
		t.Errorf("600 changes made %d bases, the test wants at least 5", len(bases))
	}
}
