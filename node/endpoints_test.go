package node_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// Every endpoint refuses what makes no sense, and nothing changes by it.
func TestBadBodiesChangeNothing(t *testing.T) {
	nodes := cluster(t, 2)
	target := nodes[0]
	client := newClient(t)
	call := func(endpoint, body string) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), await.Patience)
		defer cancel()
		answer, err := client.Call(ctx, target.Address(), endpoint, []byte(body))
		return string(answer), err
	}
	before := target.Checksum()

	const source = `"source":"127.0.0.1:1","sourceIncarnationNumber":1`
	banana := `{"changes":[{"address":"127.0.0.1:2","incarnationNumber":1,"status":"banana"}],` + source + `,"target":"` + nodes[1].Address() + `"}`
	garbage := strings.Repeat("\x00garbage", 10<<20/8)
	protocol := []string{wire.EndpointJoin, wire.EndpointPing, wire.EndpointPingReq}
	for _, endpoint := range protocol {
		for _, body := range []string{"", "null", "[]", "{}", "{", garbage} {
			mustRefuse(t, endpoint, body, call)
		}
	}
	mustRefuse(t, wire.EndpointPing, banana, call)
	mustRefuse(t, wire.EndpointPingReq, banana, call)
	mustRefuse(t, wire.EndpointPing, `{"changes":[],"source":"`+target.Address()+`"}`, call)
	mustRefuse(t, wire.EndpointPing, `{"changes":[],`+source+`,"app":"other"}`, call)
	mustRefuse(t, wire.EndpointJoin, `{"app":"other",`+source+`}`, call)
	mustRefuse(t, wire.EndpointPingReq, `{"changes":[],`+source+`,"target":"127.0.0.1:9"}`, call)
	for _, body := range []string{"", "null", "[]", "{}", `{"key":7}`, garbage} {
		mustRefuse(t, wire.EndpointLookup, body, call)
	}
	tooMany := `{"keys":["` + strings.Repeat(`x","`, wire.MaxAcceptKeys) + `"]}`
	for _, body := range []string{"", "null", "[]", "{}", `{"keys":[]}`, `{"keys":["a",7]}`, `{"keys":"a"}`, tooMany, garbage} {
		mustRefuse(t, wire.EndpointAccept, body, call)
	}
	for _, endpoint := range []string{
		wire.EndpointHealth, wire.EndpointStats, wire.EndpointGossipStart, wire.EndpointGossipStop, wire.EndpointGossipTick,
		wire.EndpointGossipToggle, wire.EndpointTick, wire.EndpointReap, wire.EndpointHeal, wire.EndpointMemberJoin,
		wire.EndpointMemberLeave, wire.EndpointJoinOld, wire.EndpointLeaveOld, wire.EndpointDebugSet, wire.EndpointDebugClear,
	} {
		for _, body := range []string{"[]", "7", "{", garbage} {
			mustRefuse(t, endpoint, body, call)
		}
	}
	mustRefuse(t, "/protocol/other", "{}", call)
	mustRefuse(t, "/admin/other", "{}", call)

	if target.Checksum() != before || len(target.Members()) != 2 {
		t.Errorf("the membership changed: %+v", target.Members())
	}
	if answer, err := call(wire.EndpointHealth, "null"); err != nil || answer != "null" {
		t.Errorf("health: %s, %v", answer, err)
	}
}

func mustRefuse(t *testing.T, endpoint, body string, call func(endpoint, body string) (string, error)) {
	t.Helper()
	answer, err := call(endpoint, body)
	if remote := new(tchan.RemoteError); !errors.As(err, &remote) || remote.Message == "" {
		t.Errorf("%s accepts %.60q: %.200s, %v", endpoint, body, answer, err)
	}
}

func TestAdminEndpoints(t *testing.T) {
	nodes := cluster(t, 2)
	client := newClient(t)
	call := func(endpoint, body string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), await.Patience)
		defer cancel()
		answer, err := client.Call(ctx, nodes[0].Address(), endpoint, []byte(body))
		if err != nil {
			t.Fatalf("%s: %v", endpoint, err)
		}
		return string(answer)
	}
	self := func() node.Member {
		for _, m := range nodes[0].Members() {
			if string(m.Address) == nodes[0].Address() {
				return m
			}
		}
		panic("the node does not know itself")
	}
	var stats wire.Stats
	if err := wire.Unmarshal([]byte(call(wire.EndpointStats, "null")), &stats); err != nil {
		t.Fatal(err)
	}
	if stats.Membership.Checksum != nodes[0].Checksum() || len(stats.Membership.Members) != 2 || len(stats.Ring.Servers) != 2 {
		t.Errorf("stats: %+v", stats)
	}
	if stats.Ring.Checksum != nodes[1].Stats().Ring.Checksum || stats.Ring.Checksums["replica"] == 0 {
		t.Errorf("ring: %+v", stats.Ring)
	}
	owner, _ := nodes[0].Lookup("key")
	if got, want := call(wire.EndpointLookup, `{"key":"key"}`), fmt.Sprintf(`{"dest":%q}`, owner); got != want {
		t.Errorf("lookup: %s, want %s", got, want)
	}
	if got, want := call(wire.EndpointAccept, `{"keys":["key"]}`), map[bool]string{true: `{"epoch":0,"refused":{}}`, false: `{"epoch":0,"refused":{"key":"not-owner"}}`}[owner == nodes[0].Address()]; got != want {
		t.Errorf("accept: %s, want %s", got, want)
	}
	if got, want := call(wire.EndpointGossipStop, ""), "{}"; got != want {
		t.Errorf("stop: %s", got)
	}
	if got, want := call(wire.EndpointGossipTick, "null"), fmt.Sprintf(`{"checksum":%d}`, nodes[0].Checksum()); got != want {
		t.Errorf("tick: %s, want %s", got, want)
	}
	call(wire.EndpointGossipToggle, "null")
	if got, want := call(wire.EndpointHeal, "{}"), `{"targets":[],"error":""}`; got != want {
		t.Errorf("heal: %s", got)
	}
	before := self()
	if got, want := call(wire.EndpointMemberLeave, "{}"), `{"status":"ok"}`; got != want {
		t.Errorf("leave: %s", got)
	}
	if m := self(); m.Status != wire.Leave || m.Incarnation <= before.Incarnation {
		t.Errorf("after leave: %+v, before %+v", m, before)
	}
	eventually(t, "the other one hears of it", await.Patience, func() bool { return count(nodes[1], wire.Leave) == 1 })
	if owner, _ := nodes[1].Lookup("key"); owner != nodes[1].Address() {
		t.Errorf("a node that has left owns a key: %s", owner)
	}
	if got, want := call(wire.EndpointJoinOld, "null"), `{"status":"rejoined"}`; got != want {
		t.Errorf("join: %s", got)
	}
	eventually(t, "it is back", await.Patience, func() bool { return agree(nodes, 2) })

	level := new(slog.LevelVar)
	verbose := start(t, discovery.Static{}, func(c *node.Config) { c.LogLevel = level })
	nodes[0] = verbose
	call(wire.EndpointDebugSet, `{"debugFlag":"p"}`)
	if level.Level() != slog.LevelDebug {
		t.Error("debugSet does not lower the level")
	}
	call(wire.EndpointDebugClear, "null")
	if level.Level() != slog.LevelInfo {
		t.Error("debugClear does not raise it")
	}
}

func TestAdminCallsFromElsewhereAreRefused(t *testing.T) {
	client := newClient(t)
	for networks, allowed := range map[string]bool{"": true, "0.0.0.0/0": true, "127.0.0.0/8": true, "10.0.0.0/8": false} {
		n := start(t, discovery.Static{}, func(c *node.Config) {
			if networks != "" {
				c.AdminFrom = []netip.Prefix{netip.MustParsePrefix(networks)}
			}
		})
		bootstrap(t, n)
		for _, endpoint := range []string{wire.EndpointMemberLeave, wire.EndpointLeaveOld, wire.EndpointReap, wire.EndpointGossipStop, wire.EndpointHeal, wire.EndpointTick, wire.EndpointDebugSet} {
			_, err := client.Call(t.Context(), n.Address(), endpoint, []byte("null"))
			if remote := new(tchan.RemoteError); allowed && err != nil || !allowed && !errors.As(err, &remote) {
				t.Errorf("%s from 127.0.0.1 when %q may: %v", endpoint, networks, err)
			}
		}
		if _, err := client.Call(t.Context(), n.Address(), wire.EndpointStats, nil); err != nil {
			t.Errorf("stats: %v", err)
		}
		if left := count(n, wire.Leave) == 1; left != allowed {
			t.Errorf("left: %v when %q may", left, networks)
		}
	}
}

// anonymous is a network that does not tell where calls come from.
type anonymous struct{ *memnet.Transport }

func (a anonymous) Listen(address string, handler node.Handler) error {
	return a.Transport.Listen(address, func(ctx context.Context, _ netip.AddrPort, endpoint string, body []byte) ([]byte, error) {
		return handler(ctx, netip.AddrPort{}, endpoint, body)
	})
}

// The transport says where calls come from; unknown callers may change something only where
// everybody may.
func TestAdminCallsOverOtherTransports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var network memnet.Network
		client := network.NewTransport()
		defer client.Close()
		if err := client.Listen("10.0.0.9:9", nil); err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			transport node.Transport
			from      []netip.Prefix
			allowed   bool
		}{
			{network.NewTransport(), []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}, true},
			{network.NewTransport(), []netip.Prefix{netip.MustParsePrefix("10.0.1.0/24")}, false},
			{network.NewTransport(), nil, false},
			{network.NewTransport(), node.Anywhere(), true},
			{anonymous{network.NewTransport()}, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}, false},
			{anonymous{network.NewTransport()}, nil, false},
			{anonymous{network.NewTransport()}, node.Anywhere(), true},
		} {
			n := startIn(t, &network, discovery.Static{}, func(c *node.Config) { c.Transport, c.AdminFrom = test.transport, test.from })
			_, err := client.Call(t.Context(), n.Address(), wire.EndpointReap, []byte("null"))
			if (err == nil) != test.allowed {
				t.Errorf("over %T, with %v allowed: %v", test.transport, test.from, err)
			}
			if _, err := client.Call(t.Context(), n.Address(), wire.EndpointStats, nil); err != nil {
				t.Errorf("over %T stats are refused: %v", test.transport, err)
			}
		}
	})
}
