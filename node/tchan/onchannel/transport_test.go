package onchannel_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/uber/tchannel-go"
	"github.com/uber/tchannel-go/raw"
	"go.uber.org/goleak"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/tchan/onchannel"
	"github.com/ringmend/ringmend/node/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newChannel returns a channel of an application that listens.
func newChannel(t *testing.T) *tchannel.Channel {
	t.Helper()
	ch, err := tchannel.NewChannel("orders", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ch.Close)
	if err := ch.ListenAndServe("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	return ch
}

func newTransport(t *testing.T, ch *tchannel.Channel, o onchannel.Options) *onchannel.Transport {
	t.Helper()
	tr, err := onchannel.New(ch, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.Close() })
	return tr
}

func newNode(t *testing.T, tr node.Transport, address string, hosts ...string) *node.Node {
	t.Helper()
	n, err := node.New(node.Config{
		App: "orders", Address: address, Transport: tr, Hosts: discovery.Static(hosts),
		Protocol: node.Protocol{PingTimeout: await.Patience, PingRequestTimeout: await.Patience, JoinTimeout: await.Patience},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

func within(t *testing.T, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

// echo is an endpoint of the application's own.
type echo struct{}

func (echo) Handle(_ context.Context, args *raw.Args) (*raw.Res, error) {
	return &raw.Res{Arg2: args.Arg2, Arg3: args.Arg3}, nil
}

func (echo) OnError(context.Context, error) {}

// Two nodes on channels of applications, and one that has a channel to itself, are one
// cluster, and the application's own endpoints answer on the same ports, before, during
// and after.
func TestNodesShareTheChannelsOfApplications(t *testing.T) {
	var nodes []*node.Node
	var channels []*tchannel.Channel
	first := newNode(t, nil, "127.0.0.1:0")
	for range 2 {
		ch := newChannel(t)
		ch.Register(raw.Wrap(echo{}), "echo")
		nodes = append(nodes, newNode(t, newTransport(t, ch, onchannel.Options{}), "", first.Address()))
		channels = append(channels, ch)
		if nodes[len(nodes)-1].Address() != ch.PeerInfo().HostPort {
			t.Errorf("the node is known by %s, its channel by %s", nodes[len(nodes)-1].Address(), ch.PeerInfo().HostPort)
		}
	}
	nodes = append(nodes, first)
	for _, n := range nodes {
		if err := n.Bootstrap(within(t, await.Patience)); err != nil {
			t.Fatal(err)
		}
	}
	await.True(t, await.Patience, "all agree", func() bool {
		for _, n := range nodes {
			if n.CountReachable() != 3 || n.Checksum() != nodes[0].Checksum() {
				return false
			}
		}
		return true
	})
	own := func(when string) {
		t.Helper()
		for i, ch := range channels {
			to := channels[1-i].PeerInfo().HostPort
			if _, answer, _, err := raw.Call(within(t, await.Patience), ch, to, "orders", "echo", nil, []byte("hello")); err != nil || string(answer) != "hello" {
				t.Errorf("%s the application's endpoint at %s answers %q, %v", when, to, answer, err)
			}
		}
	}
	own("with a node")
	for _, n := range nodes[:2] {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
	own("after its end")
	for i, ch := range channels {
		if ch.State() != tchannel.ChannelListening {
			t.Errorf("channel %d is %v", i, ch.State())
		}
		if peers := ch.GetSubChannel(wire.Service).Peers().Copy(); len(peers) > 0 {
			t.Errorf("peers are left: %v", peers)
		}
	}
	client, err := tchan.New(tchan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Call(within(t, await.Patience), channels[0].PeerInfo().HostPort, wire.EndpointHealth, []byte("null")); err == nil {
		t.Error("an endpoint of a closed node answers")
	}
	// The next node on the channel takes the endpoints over.
	again := newNode(t, newTransport(t, channels[0], onchannel.Options{}), "", first.Address())
	if err := again.Bootstrap(within(t, await.Patience)); err != nil {
		t.Error(err)
	}
	if _, err := client.Call(within(t, await.Patience), again.Address(), wire.EndpointHealth, []byte("null")); err != nil {
		t.Errorf("health of the next node: %v", err)
	}
}

func TestListenSaysWhatIsWrong(t *testing.T) {
	handler := func(context.Context, netip.AddrPort, string, []byte) ([]byte, error) { return nil, nil }
	deaf, err := tchannel.NewChannel("orders", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	if err := newTransport(t, deaf, onchannel.Options{}).Listen("", handler); !errors.Is(err, onchannel.ErrNotListening) {
		t.Errorf("a channel that does not listen: %v", err)
	}
	ch := newChannel(t)
	tr := newTransport(t, ch, onchannel.Options{})
	if err := tr.Listen("127.0.0.1:9", handler); !errors.Is(err, onchannel.ErrNotListening) {
		t.Errorf("another address than the channel's: %v", err)
	}
	if err := tr.Listen("", handler); err != nil {
		t.Fatal(err)
	}
	if err := tr.Listen("", handler); err == nil {
		t.Error("it listens twice")
	}
	if err := newTransport(t, ch, onchannel.Options{}).Listen("", handler); !errors.Is(err, onchannel.ErrOccupied) {
		t.Errorf("a second node on the channel: %v", err)
	}
	tr.Close()
	if err := tr.Listen("", handler); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	taken := newChannel(t)
	taken.GetSubChannel(wire.Service, tchannel.Isolated).SetHandler(tchannel.HandlerFunc(func(context.Context, *tchannel.InboundCall) {}))
	if err := newTransport(t, taken, onchannel.Options{}).Listen("", handler); !errors.Is(err, onchannel.ErrOccupied) {
		t.Errorf("a subchannel with a handler for everything: %v", err)
	}
	if _, err := onchannel.New(ch, onchannel.Options{MaxBody: -1}); err == nil {
		t.Error("a negative limit is accepted")
	}
	unreachable, err := tchannel.NewChannel("orders", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unreachable.Close()
	if err := unreachable.ListenAndServe("0.0.0.0:0"); err != nil {
		t.Fatal(err)
	}
	cfg := node.Config{App: "orders", Hosts: discovery.Static{}, Transport: newTransport(t, unreachable, onchannel.Options{})}
	if n, err := node.New(cfg); err == nil {
		n.Close()
		t.Errorf("a node that is known by %s", n.Address())
	}
}

// A node behind a NAT is known by the address that it advertises.
func TestAddressInFrontOfTheChannel(t *testing.T) {
	n, err := node.New(node.Config{
		App: "orders", Advertise: "192.0.2.7:3000", Hosts: discovery.Static{},
		Transport: newTransport(t, newChannel(t), onchannel.Options{}),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if n.Address() != "192.0.2.7:3000" {
		t.Errorf("it is known by %s", n.Address())
	}
}

// What is too long, comes too often or fails is refused with a reason, and the caller is
// known by its address.
func TestCallsAndRefusals(t *testing.T) {
	server := newTransport(t, newChannel(t), onchannel.Options{MaxBody: 1000, MaxInFlight: 1})
	started, release := make(chan struct{}), make(chan struct{})
	err := server.Listen("", func(ctx context.Context, from netip.AddrPort, endpoint string, body []byte) ([]byte, error) {
		switch string(body) {
		case "wait":
			close(started)
			select {
			case <-release:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		case "fail":
			return nil, errors.New("it failed")
		case "long":
			return make([]byte, 1001), nil
		}
		return []byte(from.Addr().String() + " " + endpoint), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	client := newTransport(t, newChannel(t), onchannel.Options{})
	call := func(body string) (string, error) {
		answer, err := client.Call(within(t, await.Patience), server.Address(), wire.EndpointPing, []byte(body))
		return string(answer), err
	}
	if got, err := call("{}"); err != nil || got != "127.0.0.1 "+wire.EndpointPing {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := client.Call(within(t, await.Patience), server.Address(), "/other", nil); err == nil {
		t.Error("an endpoint that is not registered answers")
	}
	refused := new(wire.RemoteError)
	if _, err := call("fail"); !errors.As(err, &refused) || refused.Message != "it failed" {
		t.Errorf("an error of the handler: %v", err)
	}
	if _, err := call("long"); !errors.As(err, &refused) || !strings.Contains(err.Error(), "1001 bytes") {
		t.Errorf("an answer that is too long: %v", err)
	}
	if _, err := call(strings.Repeat("x", 1001)); err == nil || errors.As(err, new(*wire.RemoteError)) {
		t.Errorf("a request that is too long: %v", err)
	}
	slow := make(chan error, 1)
	go func() {
		_, err := call("wait")
		slow <- err
	}()
	<-started
	var busy tchannel.SystemError
	if _, err := call("{}"); !errors.As(err, &busy) || busy.Code() != tchannel.ErrCodeBusy {
		t.Errorf("a call too many: %v", err)
	}
	close(release)
	if err := <-slow; err != nil {
		t.Error(err)
	}
}

// Close ends what is under way, on both sides.
func TestCloseEndsCalls(t *testing.T) {
	for name, pick := range map[string]func(client, server *onchannel.Transport) *onchannel.Transport{
		"the caller's": func(client, _ *onchannel.Transport) *onchannel.Transport { return client },
		"the other's":  func(_, server *onchannel.Transport) *onchannel.Transport { return server },
	} {
		server, client := newTransport(t, newChannel(t), onchannel.Options{}), newTransport(t, newChannel(t), onchannel.Options{})
		started := make(chan struct{})
		err := server.Listen("", func(ctx context.Context, _ netip.AddrPort, _ string, _ []byte) ([]byte, error) {
			close(started)
			<-ctx.Done()
			return nil, ctx.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
		result := make(chan error, 1)
		go func() {
			_, err := client.Call(within(t, await.Patience), server.Address(), wire.EndpointPing, []byte("{}"))
			result <- err
		}()
		<-started
		closing := pick(client, server)
		if closing == client {
			go server.Close() // its handler learns nothing of the caller's end
		}
		closing.Close()
		if err := <-result; err == nil || closing == client && !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s end: %v", name, err)
		}
	}
	closed := newTransport(t, newChannel(t), onchannel.Options{})
	closed.Close()
	if _, err := closed.Call(t.Context(), "127.0.0.1:1", wire.EndpointPing, nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a call after Close: %v", err)
	}
}

// Nothing is kept of addresses that cannot be reached.
func TestUnreachablePeersAreForgotten(t *testing.T) {
	ch := newChannel(t)
	client := newTransport(t, ch, onchannel.Options{})
	for range 3 {
		if _, err := client.Call(within(t, await.Patience), "127.0.0.1:1", wire.EndpointPing, nil); err == nil {
			t.Fatal("it answers")
		}
	}
	if n := ch.GetSubChannel(wire.Service).Peers().Len(); n > 0 {
		t.Errorf("%d peers are kept", n)
	}
}
