package ring

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dgryski/go-farm"
	"github.com/google/go-cmp/cmp"
)

// add returns changes that add servers without identities.
func add(servers ...string) []Change {
	var changes []Change
	for _, s := range servers {
		changes = append(changes, Change{Server: s, Identity: s})
	}
	return changes
}

// addresses returns n addresses.
func addresses(n int) []string {
	servers := make([]string, n)
	for i := range servers {
		servers[i] = fmt.Sprintf("10.0.%d.%d:3000", i/250, i%250+1)
	}
	return servers
}

func ringOf(t testing.TB, replicaPoints int, changes ...Change) *Ring {
	t.Helper()
	r, _ := New(replicaPoints).Update(changes)
	return r
}

func TestEmptyRingOwnsNothing(t *testing.T) {
	emptied, _ := ringOf(t, 0, add("a:1")...).Update([]Change{{Server: "a:1", Remove: true}})
	for name, r := range map[string]*Ring{"new": New(0), "emptied": emptied} {
		if owner, ok := r.Lookup("key"); ok || owner != "" {
			t.Errorf("%s: Lookup = %q, %v", name, owner, ok)
		}
		if got := r.LookupN("key", 3); got != nil {
			t.Errorf("%s: LookupN = %v, want nil", name, got)
		}
		if r.Len() != 0 || r.Has("a:1") || len(r.Servers()) != 0 {
			t.Errorf("%s: is not empty: %v", name, r.Servers())
		}
		if want := farm.Fingerprint32(nil); r.Checksum() != want || r.ReplicaChecksum() != want {
			t.Errorf("%s: checksums %d, %d, want those of nothing, %d", name, r.Checksum(), r.ReplicaChecksum(), want)
		}
	}
}

func TestUpdateSaysWhetherTheRingChanged(t *testing.T) {
	r := ringOf(t, 0, add("a:1", "b:1")...)
	tests := []struct {
		name    string
		changes []Change
		changed bool
		servers []string
	}{
		{"nothing", nil, false, []string{"a:1", "b:1"}},
		{"known server", add("a:1"), false, []string{"a:1", "b:1"}},
		{"unknown leaves", []Change{{Server: "c:1", Remove: true}}, false, []string{"a:1", "b:1"}},
		{"new server", add("c:1"), true, []string{"a:1", "b:1", "c:1"}},
		{"same server twice", add("c:1", "c:1"), true, []string{"a:1", "b:1", "c:1"}},
		{"server leaves", []Change{{Server: "a:1", Remove: true}}, true, []string{"b:1"}},
		{"identity changes", []Change{{Server: "a:1", Identity: "x"}}, true, []string{"a:1", "b:1"}},
		{"comes and leaves", append(add("c:1"), Change{Server: "c:1", Remove: true}), false, []string{"a:1", "b:1"}},
		{"leaves and comes", append([]Change{{Server: "a:1", Remove: true}}, add("a:1")...), false, []string{"a:1", "b:1"}},
		{"one comes, one leaves", append(add("c:1"), Change{Server: "b:1", Remove: true}), true, []string{"a:1", "c:1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			next, changed := r.Update(test.changes)
			if changed != test.changed || (next != r) != test.changed {
				t.Errorf("changed = %v, another ring: %v, want both %v", changed, next != r, test.changed)
			}
			if diff := cmp.Diff(test.servers, next.Servers()); diff != "" {
				t.Errorf("servers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUpdateLeavesItsArgumentAlone(t *testing.T) {
	changes := add("c:1", "a:1", "b:1")
	before := slices.Clone(changes)
	ringOf(t, 0, changes...)
	if diff := cmp.Diff(before, changes); diff != "" {
		t.Errorf("Update modified its argument:\n%s", diff)
	}
}

func TestOwnersOfOtherKeysStayWhenAServerLeaves(t *testing.T) {
	servers := addresses(50)
	before := ringOf(t, 0, add(servers...)...)
	after, _ := before.Update([]Change{{Server: servers[17], Remove: true}})
	moved := 0
	for i := range 10_000 {
		key := fmt.Sprint("key", i)
		was, _ := before.Lookup(key)
		is, _ := after.Lookup(key)
		switch {
		case was == servers[17]:
			moved++
			if next := before.LookupN(key, 2)[1]; is != next {
				t.Fatalf("%s moved to %s, want the second in preference, %s", key, is, next)
			}
		case was != is:
			t.Fatalf("%s moved from %s to %s, but neither left", key, was, is)
		}
	}
	if moved < 50 || moved > 800 {
		t.Errorf("the server owned %d of 10,000 keys, expected about 200", moved)
	}
}

func TestKeyBehindTheLastPointWrapsAround(t *testing.T) {
	r := ringOf(t, 4, add(addresses(3)...)...)
	points := slices.Collect(r.from(0))
	first, last := points[0], points[len(points)-1]
	for i := 0; ; i++ {
		key := fmt.Sprint("key", i)
		if fingerprint(key) <= last.hash() {
			continue
		}
		if owner, _ := r.Lookup(key); owner != r.server(first.slot()).address {
			t.Errorf("%q behind the last point belongs to %s, want the owner of the first, %s", key, owner, r.server(first.slot()).address)
		}
		return
	}
}

// Ties are common: "…:3000" and "…:30001" have points in common because
// point 10 of the one and point 0 of the other are the hash of one string.
func TestLowerAddressOwnsASharedPoint(t *testing.T) {
	const key = "127.0.0.1:300010"
	low, high := "127.0.0.1:3000", "127.0.0.1:30001"
	for _, order := range [][]string{{low, high}, {high, low}} {
		r := New(0)
		for _, server := range order {
			r, _ = r.Update(add(server))
		}
		if diff := cmp.Diff([]string{low, high}, r.LookupN(key, 2)); diff != "" {
			t.Errorf("added as %v: preference (-want +got):\n%s", order, diff)
		}
		r, _ = r.Update([]Change{{Server: low, Remove: true}})
		if owner, _ := r.Lookup(key); owner != high {
			t.Errorf("after %s left, %s owns the shared point, want %s", low, owner, high)
		}
	}
}

func TestServersOfOneIdentityShareAllPoints(t *testing.T) {
	r := ringOf(t, 0, Change{Server: "b:1", Identity: "x"}, Change{Server: "a:1", Identity: "x"})
	for i := range 100 {
		key := fmt.Sprint("key", i)
		if diff := cmp.Diff([]string{"a:1", "b:1"}, r.LookupN(key, 2)); diff != "" {
			t.Fatalf("LookupN(%q) (-want +got):\n%s", key, diff)
		}
	}
	if want := farm.Fingerprint32([]byte("x")); r.Checksum() != want {
		t.Errorf("Checksum() = %d, want that of the identity once, %d", r.Checksum(), want)
	}
}

// A server of which two points have the same hash must leave with both.
func TestServerWithCollidingPointsLeavesNothingBehind(t *testing.T) {
	const points = 3000
	collides := ""
	for i := 0; collides == ""; i++ {
		candidate := fmt.Sprintf("10.0.0.1:%d", i)
		list := appendPoints(nil, &server{address: candidate, identity: candidate}, 0, points)
		slices.Sort(list)
		if len(slices.Compact(list)) < points {
			collides = candidate
		}
	}
	alone := ringOf(t, points, add("other:1")...)
	both, _ := alone.Update(add(collides))
	left, _ := both.Update([]Change{{Server: collides, Remove: true}})
	if got, want := left.ReplicaChecksum(), alone.ReplicaChecksum(); got != want {
		t.Errorf("checksum of points = %d after %s came and left, was %d before", got, collides, want)
	}
	if n := len(slices.Collect(both.from(0))); n != 2*points {
		t.Errorf("two servers have %d points, want %d", n, 2*points)
	}
}

func TestFingerprintIsFarmHashFingerprint32(t *testing.T) {
	text := make([]byte, 300)
	for i := range text {
		text[i] = byte(i * 7)
		if got, want := fingerprint(text[:i]), farm.Fingerprint32(text[:i]); got != want {
			t.Fatalf("fingerprint of %d bytes = %d, want %d", i, got, want)
		}
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	r := ringOf(t, 0, add(addresses(100)...)...)
	r, _ = r.Update(append(add("late:1"), Change{Server: addresses(1)[0], Remove: true}))
	key := "a key of more than the thirty-two bytes that fit on a stack"
	dst := make([]string, 0, 16)
	if n := testing.AllocsPerRun(100, func() { r.Lookup(key) }); n != 0 {
		t.Errorf("Lookup allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { r.AppendLookupN(dst, key, 16) }); n != 0 {
		t.Errorf("AppendLookupN allocates %v times", n)
	}
}

func TestRingIsReadWhileItIsUpdated(t *testing.T) {
	var current atomic.Pointer[Ring]
	current.Store(ringOf(t, 10, add("always:1")...))
	var done atomic.Bool
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for !done.Load() {
				r := current.Load()
				owners := r.LookupN("key", r.Len())
				slices.Sort(owners)
				if !slices.Equal(owners, r.Servers()) || !r.Has("always:1") {
					t.Errorf("a ring of %v has owners %v", r.Servers(), owners)
					return
				}
				r.Checksum()
				r.ReplicaChecksum()
			}
		})
	}
	servers := addresses(40)
	for i := range 1000 {
		server := servers[i*11%len(servers)]
		r := current.Load()
		next, _ := r.Update([]Change{{Server: server, Identity: server, Remove: r.Has(server)}})
		current.Store(next)
	}
	done.Store(true)
	readers.Wait()
}
