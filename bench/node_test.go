package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/uber/ringpop-go"
	"github.com/uber/ringpop-go/discovery/statichosts"
	peerswim "github.com/uber/ringpop-go/swim"
	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

const app = "bench"

// startOurs and startPeer start a node in this process that knows only itself and
// does nothing on its own. They return its address.
func startOurs(b *testing.B) string {
	n, err := node.New(node.Config{
		App: app, Address: "127.0.0.1:0", Hosts: discovery.Static{},
		Protocol: node.Protocol{Period: 1000 * time.Hour},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { n.Close() })
	if err := n.Bootstrap(b.Context()); err != nil {
		b.Fatal(err)
	}
	return n.Address()
}

func startPeer(b *testing.B) string {
	channel, err := tchannel.NewChannel(wire.Service, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(channel.Close)
	if err := channel.ListenAndServe("127.0.0.1:0"); err != nil {
		b.Fatal(err)
	}
	address := channel.PeerInfo().HostPort
	n, err := ringpop.New(app, ringpop.Channel(channel), ringpop.Address(address))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(n.Destroy)
	if _, err := n.Bootstrap(&peerswim.BootstrapOptions{DiscoverProvider: statichosts.New(address), Stopped: true}); err != nil {
		b.Fatal(err)
	}
	return address
}

// target is a node that a benchmark calls, over loopback like any other node.
type target struct {
	b       *testing.B
	address string
	client  *tchan.Transport
	encoder wire.Encoder
}

func newTarget(b *testing.B, address string) *target {
	client, err := tchan.New(tchan.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { client.Close() })
	return &target{b: b, address: address, client: client}
}

func (t *target) ping(changes []wire.Change, checksum uint32) *wire.Ping {
	body, err := t.encoder.Encode(&wire.Ping{Source: "10.9.9.9:3000", SourceIncarnation: 1, App: app, Changes: wire.Changes(changes...), Checksum: checksum})
	if err != nil {
		t.b.Fatal(err)
	}
	answer, err := t.client.Call(context.Background(), t.address, wire.EndpointPing, body)
	if err != nil {
		t.b.Fatal(err)
	}
	response, _, err := wire.DecodeResponse(wire.EndpointPing, answer)
	if err != nil {
		t.b.Fatal(err)
	}
	return response.(*wire.Ping)
}

// fill adds members to the node, and lets it spread them until no change is pending.
func (t *target) fill(n int) (checksum uint32) {
	var changes []wire.Change
	for _, a := range addresses(n) {
		changes = append(changes, wire.Change{Address: wire.Address(a), Incarnation: 1})
	}
	checksum = t.ping(changes, 0).Checksum
	for {
		answer := t.ping(nil, checksum)
		checksum = answer.Checksum
		if answer.Changes.Len() == 0 {
			return checksum
		}
	}
}

var programs = []struct {
	name  string
	start func(*testing.B) string
}{{"ringmend", startOurs}, {"ringpop-go", startPeer}}

// BenchmarkMemberChange is a ping over loopback that carries one change, after
// which a member is out of the ring or back in it, to its answer, which carries
// the new checksum.
func BenchmarkMemberChange(b *testing.B) {
	for _, p := range programs {
		for _, n := range sizes {
			b.Run(fmt.Sprintf("%s/n=%d", p.name, n), func(b *testing.B) {
				t := newTarget(b, p.start(b))
				t.fill(n)
				change := []wire.Change{{Source: "10.9.9.8:3000", Address: wire.Address(addresses(1)[0]), Incarnation: 1}}
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					change[0].Incarnation++
					change[0].Status = wire.Faulty
					if i%2 == 1 {
						change[0].Status = wire.Alive
					}
					t.ping(change, 0)
				}
			})
		}
	}
}

// BenchmarkPing is a ping over loopback with no pending changes on either side: the
// cost of a quiet cluster.
func BenchmarkPing(b *testing.B) {
	for _, p := range programs {
		b.Run(p.name+"/n=1000", func(b *testing.B) {
			t := newTarget(b, p.start(b))
			checksum := t.fill(1000)
			b.ReportAllocs()
			for b.Loop() {
				t.ping(nil, checksum)
			}
		})
	}
}

// BenchmarkJoin asks a node of 1,000 members for its membership, over loopback.
// The caller is the same for both, so the difference is the node's.
func BenchmarkJoin(b *testing.B) {
	body, err := new(wire.Encoder).Encode(&wire.JoinRequest{App: app, Source: "10.9.9.9:3000", Incarnation: 1})
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range programs {
		b.Run(p.name+"/n=1000", func(b *testing.B) {
			t := newTarget(b, p.start(b))
			t.fill(1000)
			b.ReportAllocs()
			for b.Loop() {
				answer, err := t.client.Call(context.Background(), t.address, wire.EndpointJoin, body)
				if err != nil || len(answer) < 100_000 {
					b.Fatal(err, len(answer))
				}
			}
		})
	}
}
