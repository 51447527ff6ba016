package integration

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/uber/ringpop-go"
	"github.com/uber/ringpop-go/discovery/statichosts"
	peerswim "github.com/uber/ringpop-go/swim"
	"github.com/uber/tchannel-go"
	"pgregory.net/rapid"

	"github.com/ringmend/ringmend/node/ring"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// app is the application of which the peer is a member.
const app = "test"

// peer is a ringpop-go node in this process that believes what it is told: it
// answers, but neither pings nor lets any timer run out.
type peer struct {
	address string
	client  *tchan.Transport
	members map[wire.Address]swim.Member // what it should believe
}

// startPeer returns a peer that knows only itself, and what stops it.
func startPeer(t fatalf, client *tchan.Transport) (p *peer, stop func()) {
	t.Helper()
	channel, err := tchannel.NewChannel(wire.Service, nil)
	if err != nil {
		t.Fatalf("channel: %v", err)
	}
	if err := channel.ListenAndServe("127.0.0.1:0"); err != nil {
		t.Fatalf("listen: %v", err)
	}
	address := channel.PeerInfo().HostPort
	const never = 24 * time.Hour
	node, err := ringpop.New(app, ringpop.Channel(channel), ringpop.Address(address),
		ringpop.SuspectPeriod(never), ringpop.FaultyPeriod(never), ringpop.TombstonePeriod(never))
	if err != nil {
		t.Fatalf("ringpop.New: %v", err)
	}
	if _, err := node.Bootstrap(&peerswim.BootstrapOptions{
		DiscoverProvider: statichosts.New(address),
		Stopped:          true,
	}); err != nil {
		t.Fatalf("bootstrap: %v", err)
	}
	p = &peer{address: address, client: client, members: map[wire.Address]swim.Member{}}
	for _, m := range p.stats(t).Membership.Members {
		p.members[m.Address] = m
	}
	return p, func() {
		node.Destroy()
		channel.Close()
	}
}

func (p *peer) call(t fatalf, endpoint string, request, response any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	body, err := new(wire.Encoder).Encode(request)
	if err != nil {
		t.Fatalf("encode a call of %s: %v", endpoint, err)
	}
	answer, err := p.client.Call(ctx, p.address, endpoint, body)
	if err != nil {
		t.Fatalf("call %s: %v", endpoint, err)
	}
	if err := wire.Unmarshal(answer, response); err != nil {
		t.Fatalf("decode the answer of %s: %v", endpoint, err)
	}
}

func (p *peer) stats(t fatalf) *wire.Stats {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	answer, err := p.client.Call(ctx, p.address, wire.EndpointStats, []byte("{}"))
	if err != nil {
		t.Fatalf("stats: %v", err)
	}
	var stats wire.Stats
	if err := wire.Unmarshal(answer, &stats); err != nil {
		t.Fatalf("stats: %v", err)
	}
	return &stats
}

// tell pings the peer with changes.
func (p *peer) tell(t fatalf, changes []wire.Change) {
	t.Helper()
	var answer struct{}
	p.call(t, wire.EndpointPing, &wire.Ping{
		Changes: wire.Changes(changes...), Source: "127.0.0.1:1", SourceIncarnation: 1, App: app,
	}, &answer)
	for _, c := range changes {
		member, known := p.members[c.Address]
		if !known && c.Status == wire.Tombstone || known && !swim.Overrides(swim.FlavourGo, &c, &member) {
			continue
		}
		p.members[c.Address] = swim.Member{Address: c.Address, Status: c.Status, Incarnation: c.Incarnation, Labels: c.Labels}
	}
}

// check compares what the peer reports with what our rules and checksums make
// of the same changes.
func (p *peer) check(t fatalf) {
	t.Helper()
	stats := p.stats(t)
	if got, want := len(stats.Membership.Members), len(p.members); got != want {
		t.Fatalf("ringpop-go knows %d members, our rules say %d", got, want)
	}
	for _, m := range stats.Membership.Members {
		want := p.members[m.Address]
		if m.Status != want.Status || m.Incarnation != want.Incarnation || !maps.Equal(m.Labels, want.Labels) {
			t.Fatalf("ringpop-go believes %+v, our rules say %+v", m, want)
		}
	}
	members := slices.Collect(maps.Values(p.members))
	// A ringpop-go node that never heard of another one reports checksum 0.
	got, want := wire.Checksum(swim.FlavourGo, members), stats.Membership.Checksum
	if got != want && len(members) > 1 {
		t.Fatalf("membership checksum is %d, ringpop-go's is %d, of %+v", got, want, members)
	}

	var servers []ring.Change
	for i := range members {
		if m := &members[i]; m.Status.Pingable() {
			servers = append(servers, ring.Change{Server: string(m.Address), Identity: m.Identity()})
		}
	}
	r, _ := ring.New(ring.DefaultReplicaPoints).Update(servers)
	if got, want := r.Checksum(), stats.Ring.Checksum; got != want {
		t.Fatalf("ring checksum is %d, ringpop-go's is %d, of %v", got, want, servers)
	}
	if got, want := r.ReplicaChecksum(), stats.Ring.Checksums["replica"]; got != want {
		t.Fatalf("replica checksum is %d, ringpop-go's is %d, of %v", got, want, servers)
	}
}

func drawLabels(t *rapid.T) map[string]string {
	labels := map[string]string{}
	for range rapid.IntRange(0, 3).Draw(t, "labels") {
		key := rapid.SampledFrom([]string{swim.IdentityLabel, "zone", "a", "ab", "", "ключ"}).Draw(t, "key")
		labels[key] = rapid.SampledFrom([]string{"", "a", "b", "bc", "127.0.0.1:3000", "значение", `"`}).Draw(t, "value")
	}
	if len(labels) == 0 {
		return nil
	}
	return labels
}

// drawMembershipChange draws a change from a few members, which makes the same member
// recur at lower, equal and higher incarnations.
func drawMembershipChange(t *rapid.T) wire.Change {
	address := rapid.SampledFrom([]wire.Address{
		"127.0.0.1:3000", "127.0.0.1:30001", "127.0.0.1:300", "127.0.0.1:30000", "127.0.0.1:3001",
		"10.0.0.1:3000", "10.0.0.10:3000", "10.0.0.1:30", "[::1]:3000", "host:1", "host.example:30",
	}).Draw(t, "address")
	if rapid.IntRange(0, 3).Draw(t, "new") == 0 {
		address = wire.Address(fmt.Sprintf("10.1.0.1:%d", rapid.IntRange(1, 65535).Draw(t, "port")))
	}
	return wire.Change{
		Source:            "127.0.0.1:1",
		SourceIncarnation: 1,
		Address:           address,
		Incarnation:       rapid.SampledFrom([]int64{1, 2, 99, 100, 1_700_000_000_000, 1_700_000_000_001, wire.MaxIncarnation}).Draw(t, "incarnation"),
		Status: rapid.SampledFrom([]wire.Status{
			wire.Alive, wire.Suspect, wire.Faulty, wire.Leave, wire.Tombstone,
		}).Draw(t, "status"),
		Labels: drawLabels(t),
	}
}

func TestMembershipChecksumIsRingpopGos(t *testing.T) {
	client, err := tchan.New(tchan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	rapid.Check(t, func(t *rapid.T) {
		p, stop := startPeer(t, client)
		defer stop()
		p.check(t)
		for range rapid.IntRange(1, 5).Draw(t, "pings") {
			p.tell(t, rapid.SliceOfN(rapid.Custom(drawMembershipChange), 1, 12).Draw(t, "changes"))
			p.check(t)
		}
	})
}
