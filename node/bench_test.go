package node

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// deafTransport is a network on which no call is ever answered, for benchmarks that
// feed the node themselves.
type deafTransport struct{ address string }

func (t *deafTransport) Listen(address string, _ Handler) error {
	t.address = address
	return nil
}
func (t *deafTransport) Address() string { return t.address }
func (t *deafTransport) Call(ctx context.Context, _, _ string, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
func (t *deafTransport) Close() error { return nil }

// benchNode returns a node with n members that does nothing on its own.
func benchNode(b *testing.B, n int) *Node {
	node, err := New(Config{
		App: "bench", Address: "10.255.0.1:3000", Hosts: discovery.Static{},
		Transport: new(deafTransport),
		Protocol:  Protocol{Period: 1000 * time.Hour},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { node.Close() })
	if err := node.Bootstrap(b.Context()); err != nil {
		b.Fatal(err)
	}
	request := &wire.Ping{Source: benchMember(0), SourceIncarnation: 1, App: "bench"}
	list := make([]wire.Change, n-1)
	for i := range list {
		list[i] = wire.Change{Address: benchMember(i), Incarnation: 1, Status: wire.Alive}
	}
	request.Changes = wire.Changes(list...)
	node.benchPing(b, request)
	if got := len(node.Members()); got != n {
		b.Fatalf("%d members, want %d", got, n)
	}
	return node
}

func benchMember(i int) wire.Address {
	return wire.Address(fmt.Sprintf("10.0.%d.%d:3000", i/250, i%250))
}

func (n *Node) benchPing(b *testing.B, request *wire.Ping) *wire.Ping {
	response, err := n.ask(b.Context(), func(c *core.Core, now time.Time, id swim.RequestID) { c.Request(now, id, request) })
	if err != nil {
		b.Fatal(err)
	}
	return response.(*wire.Ping)
}

// drain makes the node forget its pending changes: each iteration then carries one
// change only.
func (n *Node) drain(b *testing.B, request *wire.Ping) {
	for {
		request.Changes = wire.ChangeList{}
		request.Checksum = n.Checksum()
		if n.benchPing(b, request).Changes.Len() == 0 {
			return
		}
	}
}

// BenchmarkMemberChange is what one change of one member costs, from the
// decoded ping to the answer: table, ring, and the checksum that the answer
// carries. The member leaves the ring and comes back in turn.
func BenchmarkMemberChange(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10_000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			node := benchNode(b, n)
			request := &wire.Ping{Source: benchMember(1), SourceIncarnation: 1, App: "bench"}
			node.drain(b, request)
			list := []wire.Change{{Source: benchMember(2), Address: benchMember(0), Incarnation: 1}}
			request.Changes = wire.Changes(list...)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				c := &list[0]
				c.Incarnation++
				c.Status = wire.Faulty
				if i%2 == 1 {
					c.Status = wire.Alive
				}
				node.benchPing(b, request)
			}
		})
	}
}

// BenchmarkPing is a ping handled with nothing pending, from body to body.
func BenchmarkPing(b *testing.B) {
	node := benchNode(b, 1000)
	request := &wire.Ping{Source: benchMember(1), SourceIncarnation: 1, App: "bench"}
	node.drain(b, request)
	request.Checksum = node.Checksum()
	body, err := new(wire.Encoder).Encode(request)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := node.handle(b.Context(), netip.AddrPort{}, wire.EndpointPing, body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	node := benchNode(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := node.Lookup("a key like any other"); !ok {
			b.Fatal("no owner")
		}
	}
}
