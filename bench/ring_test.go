package bench

import (
	"fmt"
	"testing"

	"github.com/dgryski/go-farm"
	"github.com/uber/ringpop-go/hashring"
	"github.com/uber/ringpop-go/membership"

	"github.com/ringmend/ringmend/node/ring"
)

var sizes = []int{10, 100, 1_000}

func addresses(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("10.0.%d.%d:3000", i/250, i%250+1)
	}
	return list
}

// keys are of a length that does not fit the small buffers of the runtime.
func keys() []string {
	list := make([]string, 1024)
	for i := range list {
		list[i] = fmt.Sprintf("order/%08d/customer/%08d/status", i*7919, i)
	}
	return list
}

// peerMember is a member as ringpop-go's ring sees it.
type peerMember string

func (m peerMember) GetAddress() string          { return string(m) }
func (m peerMember) Identity() string            { return string(m) }
func (m peerMember) Label(string) (string, bool) { return "", false }

func additions(addresses []string) []ring.Change {
	changes := make([]ring.Change, len(addresses))
	for i, a := range addresses {
		changes[i] = ring.Change{Server: a, Identity: a}
	}
	return changes
}

func peerMembers(addresses []string) []membership.Member {
	members := make([]membership.Member, len(addresses))
	for i, a := range addresses {
		members[i] = peerMember(a)
	}
	return members
}

func newRing(n int) *ring.Ring {
	r, _ := ring.New(ring.DefaultReplicaPoints).Update(additions(addresses(n)))
	return r
}

func newPeerRing(n int) *hashring.HashRing {
	r := hashring.New(farm.Fingerprint32, ring.DefaultReplicaPoints)
	r.AddMembers(peerMembers(addresses(n))...)
	return r
}

// BenchmarkRingChange removes one member or adds it again, another one each
// time. "ringmend" is the ring alone, as a node changes it; "+checksum" also
// asks for the ring's checksum, and "+checksums" for both, as ringpop-go
// computes them at each change.
func BenchmarkRingChange(b *testing.B) {
	variants := []struct {
		name string
		ask  func(*ring.Ring)
	}{
		{"ringmend", func(*ring.Ring) {}},
		{"ringmend+checksum", func(r *ring.Ring) { r.Checksum() }},
		{"ringmend+checksums", func(r *ring.Ring) { r.Checksum(); r.ReplicaChecksum() }},
	}
	for _, n := range sizes {
		changes := additions(addresses(n))
		for _, variant := range variants {
			b.Run(fmt.Sprintf("%s/n=%d", variant.name, n), func(b *testing.B) {
				r := newRing(n)
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					change := changes[i/2%n]
					change.Remove = i%2 == 0
					r, _ = r.Update([]ring.Change{change})
					variant.ask(r)
				}
			})
		}
		members := peerMembers(addresses(n))
		b.Run(fmt.Sprintf("ringpop-go/n=%d", n), func(b *testing.B) {
			r := newPeerRing(n)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if member := members[i/2%n]; i%2 == 0 {
					r.RemoveMembers(member)
				} else {
					r.AddMembers(member)
				}
			}
		})
	}
}

// BenchmarkRingBuild makes a ring of n members at once.
func BenchmarkRingBuild(b *testing.B) {
	for _, n := range sizes {
		changes, members := additions(addresses(n)), peerMembers(addresses(n))
		b.Run(fmt.Sprintf("ringmend/n=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ring.New(ring.DefaultReplicaPoints).Update(changes)
			}
		})
		b.Run(fmt.Sprintf("ringpop-go/n=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				hashring.New(farm.Fingerprint32, ring.DefaultReplicaPoints).AddMembers(members...)
			}
		})
	}
}

// BenchmarkLookup asks for the owner of a key.
func BenchmarkLookup(b *testing.B) {
	keys := keys()
	for _, n := range sizes {
		b.Run(fmt.Sprintf("ringmend/n=%d", n), func(b *testing.B) {
			r := newRing(n)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.Lookup(keys[i%len(keys)])
			}
		})
		b.Run(fmt.Sprintf("ringpop-go/n=%d", n), func(b *testing.B) {
			r := newPeerRing(n)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.Lookup(keys[i%len(keys)])
			}
		})
	}
}

// BenchmarkLookup3 asks for the three first members in preference for a key.
func BenchmarkLookup3(b *testing.B) {
	keys := keys()
	for _, n := range sizes {
		b.Run(fmt.Sprintf("ringmend/n=%d", n), func(b *testing.B) {
			r := newRing(n)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.LookupN(keys[i%len(keys)], 3)
			}
		})
		b.Run(fmt.Sprintf("ringpop-go/n=%d", n), func(b *testing.B) {
			r := newPeerRing(n)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.LookupN(keys[i%len(keys)], 3)
			}
		})
	}
}
