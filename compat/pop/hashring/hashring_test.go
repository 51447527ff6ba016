package hashring

import (
	"fmt"
	"hash/crc32"
	"slices"
	"testing"

	"github.com/dgryski/go-farm"

	"github.com/ringmend/ringmend/compat/pop/events"
	"github.com/ringmend/ringmend/compat/pop/membership"
	"github.com/ringmend/ringmend/node/ring"
)

// server is a member with an identity, perhaps.
type server struct{ address, identity string }

func (s server) GetAddress() string          { return s.address }
func (s server) Label(string) (string, bool) { return "", false }
func (s server) Identity() string {
	if s.identity != "" {
		return s.identity
	}
	return s.address
}

// With Ringpop's hash it is the ring of a node.
func TestItIsTheRingOfANode(t *testing.T) {
	ours := New(farm.Fingerprint32, 100)
	theirs := ring.New(100)
	if ours.Checksum() != 0 {
		t.Errorf("the checksum of a ring that never held a server is %d", ours.Checksum())
	}
	for i := range 30 {
		s := server{address: fmt.Sprintf("10.0.0.%d:30%02d", i%7, i)}
		if i%5 == 0 {
			s.identity = fmt.Sprintf("node-%d", i)
		}
		ours.AddMembers(s)
		theirs, _ = theirs.Update([]ring.Change{{Server: s.address, Identity: s.Identity()}})
		if i%4 == 3 {
			ours.RemoveMembers(server{address: "10.0.0.1:3001"})
			theirs, _ = theirs.Update([]ring.Change{{Server: "10.0.0.1:3001", Remove: true}})
		}
		if ours.Checksum() != theirs.Checksum() || ours.Checksums()["replica"] != theirs.ReplicaChecksum() {
			t.Fatalf("after %d servers the checksums are %d, %v, want %d, %d", i+1, ours.Checksum(), ours.Checksums(), theirs.Checksum(), theirs.ReplicaChecksum())
		}
	}
	for i := range 1000 {
		key := fmt.Sprint("key", i)
		if got, want := ours.LookupN(key, 3), theirs.LookupN(key, 3); !slices.Equal(got, want) {
			t.Fatalf("%s: %v, want %v", key, got, want)
		}
	}
	if !slices.Equal(ours.Servers(), theirs.Servers()) || ours.ServerCount() != theirs.Len() {
		t.Errorf("servers %v, want %v", ours.Servers(), theirs.Servers())
	}
}

type recorder struct{ seen []events.Event }

func (r *recorder) HandleEvent(e events.Event) { r.seen = append(r.seen, e) }

func TestAnyHashAndEvents(t *testing.T) {
	r, seen := New(crc32.ChecksumIEEE, 10), new(recorder)
	r.AddListener(seen)
	if _, ok := r.Lookup("key"); ok || r.LookupN("key", 2) != nil {
		t.Error("an empty ring has an owner")
	}
	a, b := server{address: "a:1"}, server{address: "b:1"}
	if !r.AddMembers(a, b) || r.AddMembers(a) || !r.HasServer("a:1") || r.HasServer("c:1") {
		t.Error("a and b are added once")
	}
	r.ProcessMembershipChanges([]membership.MemberChange{
		{Before: a, After: server{address: "a:1", identity: "first"}}, {Before: b}, {After: server{address: "c:1"}},
	})
	if got := r.LookupN("key", 5); len(got) != 2 {
		t.Errorf("owners %v", got)
	}
	var changes []events.RingChangedEvent
	for _, e := range seen.seen {
		if c, ok := e.(events.RingChangedEvent); ok {
			changes = append(changes, c)
		}
	}
	if len(changes) != 2 || fmt.Sprint(changes[1]) != "{[c:1] [a:1] [b:1]}" {
		t.Errorf("changes %v", changes)
	}
}
