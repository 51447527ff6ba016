package bench

import (
	"context"
	"testing"
	"time"

	ringpop "github.com/uber/ringpop-go"
	"github.com/uber/ringpop-go/discovery/statichosts"
	"github.com/uber/ringpop-go/forward"
	peerswim "github.com/uber/ringpop-go/swim"
	"github.com/uber/tchannel-go"
	"github.com/uber/tchannel-go/raw"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	ours "github.com/ringmend/ringmend/node/forward"
	"github.com/ringmend/ringmend/node/forward/ontchannel"
	"github.com/ringmend/ringmend/node/tchan/onchannel"
)

// forwardedBody is what a request and its answer carry.
var forwardedBody = []byte(`{"key":"order-4711","value":"a value of some length, as there are many"}`)

func listening(b *testing.B) *tchannel.Channel {
	b.Helper()
	channel, err := tchannel.NewChannel("kv", nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(channel.Close)
	if err := channel.ListenAndServe("127.0.0.1:0"); err != nil {
		b.Fatal(err)
	}
	return channel
}

type echo struct{}

func (echo) Handle(_ context.Context, args *raw.Args) (*raw.Res, error) {
	return &raw.Res{Arg2: args.Arg2, Arg3: args.Arg3}, nil
}

func (echo) OnError(context.Context, error) {}

// BenchmarkForward is one request to the owner of its key, over loopback: a bare call of
// TChannel's to the owner, and the call of a node that looks the owner up first.
func BenchmarkForward(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		from, to := listening(b), listening(b)
		to.Register(raw.Wrap(echo{}), "echo")
		timed(b, func(ctx context.Context) error {
			_, _, _, err := raw.Call(ctx, from, to.PeerInfo().HostPort, "kv", "echo", nil, forwardedBody)
			return err
		})
	})
	b.Run("ringmend", func(b *testing.B) {
		endpoint := ontchannel.Endpoint{
			Keys: func(*ontchannel.Request) ([]string, error) { return []string{"order-4711"}, nil },
			Handle: func(_ context.Context, r *ontchannel.Request) (*ontchannel.Response, error) {
				return &ontchannel.Response{Body: r.Body}, nil
			},
		}
		nodes, services := ourForwarders(b, endpoint)
		caller := otherThanOwner(b, func(i int) string { owner, _ := nodes[i].Lookup("order-4711"); return owner }, nodes[0].Address())
		timed(b, func(ctx context.Context) error {
			_, err := services[caller].Do(ctx, &endpoint, &ontchannel.Request{Endpoint: "echo", Format: tchannel.Raw, Body: forwardedBody})
			return err
		})
	})
	b.Run("ringpop-go", func(b *testing.B) {
		peers := theirForwarders(b)
		first, _ := peers[0].WhoAmI()
		caller := otherThanOwner(b, func(i int) string { owner, _ := peers[i].Lookup("order-4711"); return owner }, first)
		timed(b, func(context.Context) error {
			var response []byte
			_, err := peers[caller].HandleOrForward("order-4711", forwardedBody, &response, "kv", "echo", tchannel.Raw, &forward.Options{Timeout: time.Minute})
			return err
		})
	})
}

// timed measures calls, one after the other.
func timed(b *testing.B, call func(context.Context) error) {
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Minute)
	defer cancel()
	if err := call(ctx); err != nil { // makes the connection
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := call(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

// otherThanOwner returns which of two nodes is not the owner of the key, once both agree.
func otherThanOwner(b *testing.B, owner func(i int) string, first string) int {
	b.Helper()
	var by string
	await.True(b, await.Patience, "the nodes agree on an owner", func() bool {
		by = owner(0)
		return by != "" && by == owner(1)
	})
	if by == first {
		return 1
	}
	return 0
}

func ourForwarders(b *testing.B, endpoint ontchannel.Endpoint) (nodes []*node.Node, services []*ontchannel.Service) {
	b.Helper()
	hosts := discovery.Static{}
	for range 2 {
		channel := listening(b)
		transport, err := onchannel.New(channel, onchannel.Options{})
		if err != nil {
			b.Fatal(err)
		}
		n, err := node.New(node.Config{App: app, Transport: transport, Hosts: hosts})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { n.Close() })
		if err := n.Bootstrap(b.Context()); err != nil {
			b.Fatal(err)
		}
		hosts = append(hosts, n.Address())
		f, err := ours.New(ours.ForNode(n))
		if err != nil {
			b.Fatal(err)
		}
		service, err := ontchannel.New(channel, f, ontchannel.Options{})
		if err != nil {
			b.Fatal(err)
		}
		service.Register("echo", endpoint)
		nodes, services = append(nodes, n), append(services, service)
	}
	await.True(b, await.Patience, "the first node knows both", func() bool { return nodes[0].CountReachable() == 2 })
	return nodes, services
}

func theirForwarders(b *testing.B) (peers []*ringpop.Ringpop) {
	b.Helper()
	var hosts []string
	for range 2 {
		channel := listening(b)
		channel.Register(raw.Wrap(echo{}), "echo")
		address := channel.PeerInfo().HostPort
		peer, err := ringpop.New(app, ringpop.Channel(channel), ringpop.Address(address))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(peer.Destroy)
		hosts = append(hosts, address)
		if _, err := peer.Bootstrap(&peerswim.BootstrapOptions{DiscoverProvider: statichosts.New(hosts...)}); err != nil {
			b.Fatal(err)
		}
		peers = append(peers, peer)
	}
	await.True(b, await.Patience, "the first node knows both", func() bool {
		count, err := peers[0].CountReachableMembers()
		return err == nil && count == 2
	})
	return peers
}
