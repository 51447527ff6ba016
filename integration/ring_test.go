package integration

import (
	"fmt"
	"slices"
	"testing"

	"github.com/dgryski/go-farm"
	"github.com/uber/ringpop-go/hashring"
	"github.com/uber/ringpop-go/membership"
	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/ring"
)

// peerMember is a member as ringpop-go's ring sees it.
type peerMember struct{ address, identity string }

func (m peerMember) GetAddress() string          { return m.address }
func (m peerMember) Identity() string            { return m.identity }
func (m peerMember) Label(string) (string, bool) { return "", false }

// rings are the same members in both implementations.
type rings struct {
	ours    *ring.Ring
	theirs  *hashring.HashRing
	members map[string]peerMember
}

func newRings() *rings {
	return &rings{
		ours:    ring.New(ring.DefaultReplicaPoints),
		theirs:  hashring.New(farm.Fingerprint32, ring.DefaultReplicaPoints),
		members: map[string]peerMember{},
	}
}

// update applies one batch of changes to both.
func (r *rings) update(changes []ring.Change) {
	r.ours, _ = r.ours.Update(changes)
	var batch []membership.MemberChange
	for _, c := range changes {
		var change membership.MemberChange
		if old, known := r.members[c.Server]; known {
			change.Before = old
		}
		delete(r.members, c.Server)
		if !c.Remove {
			m := peerMember{c.Server, c.Identity}
			change.After, r.members[c.Server] = m, m
		}
		if change.Before != nil || change.After != nil {
			batch = append(batch, change)
		}
	}
	r.theirs.ProcessMembershipChanges(batch)
}

// fatalf is what *testing.T and *rapid.T have in common.
type fatalf interface {
	Helper()
	Fatalf(format string, args ...any)
}

func (r *rings) compare(t fatalf, keys int) {
	t.Helper()
	servers := r.theirs.Servers()
	slices.Sort(servers)
	if got := r.ours.Servers(); !slices.Equal(got, servers) {
		t.Fatalf("servers are %v, ringpop-go's are %v", got, servers)
	}
	// A ring of ringpop-go that never held a server has no checksums yet.
	if len(servers) > 0 {
		if got, want := r.ours.Checksum(), r.theirs.Checksum(); got != want {
			t.Fatalf("checksum of %v is %d, ringpop-go's is %d", r.members, got, want)
		}
		if got, want := r.ours.ReplicaChecksum(), r.theirs.Checksums()["replica"]; got != want {
			t.Fatalf("replica checksum of %v is %d, ringpop-go's is %d", r.members, got, want)
		}
	}
	for i := range keys {
		key := fmt.Sprintf("key-%d", i)
		if i < len(servers) {
			key = servers[i] + "0" // exactly on a point
		}
		owner, ok := r.ours.Lookup(key)
		wantOwner, wantOK := r.theirs.Lookup(key)
		if owner != wantOwner || ok != wantOK {
			t.Fatalf("owner of %q is %q, ringpop-go's is %q", key, owner, wantOwner)
		}
		for _, n := range []int{3, len(servers)} {
			if got, want := r.ours.LookupN(key, n), r.theirs.LookupN(key, n); !slices.Equal(got, want) {
				t.Fatalf("LookupN(%q, %d) = %v, ringpop-go's is %v", key, n, got, want)
			}
			if i%50 != 0 {
				break // the whole order of preference for some keys only
			}
		}
	}
}

// drawAddress draws an address of which many are prefixes of others: without an
// identity, two such members have replica points in common.
func drawAddress(t *rapid.T) string {
	host := rapid.SampledFrom([]string{"127.0.0.1", "10.0.0.1", "10.0.0.10"}).Draw(t, "host")
	port := rapid.OneOf(
		rapid.SampledFrom([]int{3, 30, 300, 3000, 3001, 30000, 30001, 30010, 30011, 31}),
		rapid.IntRange(1, 65535),
	).Draw(t, "port")
	return fmt.Sprintf("%s:%d", host, port)
}

func drawRingChange(t *rapid.T) ring.Change {
	c := ring.Change{Server: drawAddress(t)}
	c.Identity = c.Server
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0, 1:
		c.Identity = rapid.SampledFrom([]string{"", "a", "b", "10.0.0.1:3000"}).Draw(t, "identity")
	case 2:
		c.Identity = rapid.StringN(0, 20, -1).Draw(t, "identity")
	case 3, 4, 5:
		c.Remove = true
	}
	return c
}

func TestRingIsRingpopGosRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRings()
		for range rapid.IntRange(1, 6).Draw(t, "updates") {
			changes := rapid.SliceOfNDistinct(rapid.Custom(drawRingChange), 1, 20,
				func(c ring.Change) string { return c.Server }).Draw(t, "changes")
			r.update(changes)
			r.compare(t, 40)
		}
		r.compare(t, 1_000)
	})
}

func TestRingOfPrefixAddressesIsRingpopGos(t *testing.T) {
	r := newRings()
	for _, address := range []string{"127.0.0.1:3000", "127.0.0.1:30001", "127.0.0.1:30000", "127.0.0.1:300"} {
		r.update([]ring.Change{{Server: address, Identity: address}})
		r.compare(t, 1_000)
	}
	r.update([]ring.Change{{Server: "127.0.0.1:3000", Remove: true}})
	r.compare(t, 1_000)
	r.update([]ring.Change{{Server: "127.0.0.1:30001", Identity: "127.0.0.1:3000"}})
	r.compare(t, 1_000)
}

func TestLargeRingIsRingpopGos(t *testing.T) {
	r := newRings()
	var changes []ring.Change
	for i := range 300 {
		c := ring.Change{Server: fmt.Sprintf("10.1.%d.%d:3000", i/100, i%100)}
		if c.Identity = c.Server; i%7 == 0 {
			c.Identity = fmt.Sprintf("shard-%d", i%11)
		}
		changes = append(changes, c)
	}
	r.update(changes)
	r.compare(t, 1_000)
	for i := range changes[:100] {
		changes[i].Remove = true
	}
	r.update(changes[:100])
	r.compare(t, 1_000)
}
