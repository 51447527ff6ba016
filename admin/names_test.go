package admin

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// hostNames maps host names to addresses.
type hostNames map[string][]string

func (h hostNames) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	addresses, known := h[host]
	if !known {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if addresses == nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	var ips []netip.Addr
	for _, a := range addresses {
		ips = append(ips, netip.MustParseAddr(a))
	}
	return ips, nil
}

func TestNamesStandForAllTheirAddresses(t *testing.T) {
	hosts := hostNames{
		"localhost": {"::1", "127.0.0.1"},
		"all":       {"10.0.0.1", "10.0.0.2", "10.0.0.3"},
		"proxy":     {"192.0.2.1"},
		"gone":      {"192.0.2.9", "192.0.2.8"},
		"slow":      nil,
	}
	local := sees(1, "127.0.0.1:3000", "alive", "127.0.0.1:3001", "alive")
	pair := sees(1, "10.0.0.1:3000", "alive", "10.0.0.2:3000", "alive")
	named := sees(4, "node-1:3000", "alive", "node-2:3000", "alive")
	tests := []struct {
		name  string
		nodes map[string]fakeNode
		first []string
		want  string
	}{
		{"a node is known by its own address", map[string]fakeNode{
			"localhost:3000": local, "127.0.0.1:3000": local, "127.0.0.1:3001": local,
		}, []string{"localhost:3000"}, "127.0.0.1:3000 1, 127.0.0.1:3001 1"},
		{"a node is named twice", map[string]fakeNode{
			"localhost:3000": local, "127.0.0.1:3000": local, "127.0.0.1:3001": local,
		}, []string{"localhost:3000", "127.0.0.1:3000", "localhost:3001"}, "127.0.0.1:3000 1, 127.0.0.1:3001 1"},
		{"all nodes of a name are asked", map[string]fakeNode{
			"all:3000": pair, "10.0.0.1:3000": pair, "10.0.0.2:3000": pair, "10.0.0.3:3000": sees(2, "10.0.0.3:3000", "alive"),
		}, []string{"all:3000"}, "10.0.0.1:3000 1, 10.0.0.2:3000 1, 10.0.0.3:3000 2"},
		{"the first address of a name is dead", map[string]fakeNode{
			"10.0.0.1:3000": hangs, "10.0.0.2:3000": sees(2, "10.0.0.2:3000", "alive"),
		}, []string{"all:3000"}, "10.0.0.2:3000 2"},
		{"no node is at a name", nil, []string{"gone:3000"}, "gone:3000 failed"},
		{"a name is not known", nil, []string{"nosuch:3000"}, "nosuch:3000 failed"},
		{"a name is not known, and an address leads to the cluster", map[string]fakeNode{
			"127.0.0.1:3000": local, "127.0.0.1:3001": local,
		}, []string{"nosuch:3000", "127.0.0.1:3001"}, "127.0.0.1:3000 1, 127.0.0.1:3001 1, nosuch:3000 failed"},
		{"a name takes too long to resolve", map[string]fakeNode{
			"127.0.0.1:3000": local, "127.0.0.1:3001": local,
		}, []string{"slow:3000", "127.0.0.1:3001"}, "127.0.0.1:3000 1, 127.0.0.1:3001 1, slow:3000 failed"},
		{"members are known by names", map[string]fakeNode{
			"node-1:3000": named, "node-2:3000": named,
		}, []string{"node-1:3000"}, "node-1:3000 4, node-2:3000 4"},
		{"a node answers by way of a proxy", map[string]fakeNode{
			"proxy:80": pair, "192.0.2.1:80": pair, "10.0.0.1:3000": pair, "10.0.0.2:3000": pair,
		}, []string{"proxy:80"}, "10.0.0.1:3000 1, 10.0.0.2:3000 1"},
		{"only the proxy answers", map[string]fakeNode{
			"192.0.2.1:80": pair,
		}, []string{"192.0.2.1:80"}, "10.0.0.1:3000 failed, 10.0.0.2:3000 failed, 192.0.2.1:80 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, CrawlOptions{Resolve: hosts.resolve}, func(t *testing.T, s *stage) {
				s.nodes = test.nodes
				for _, nth := range []string{"first", "second"} {
					cluster, took := s.look(t, test.first...)
					if diff := cmp.Diff(test.want, outcome(cluster)); diff != "" {
						t.Errorf("%s look: %s", nth, diff)
					}
					if took > 2*time.Second {
						t.Errorf("%s look: took %v", nth, took)
					}
				}
			})
		})
	}
}
