package node_test

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
)

// Nodes that listen on all interfaces are known by what they advertise, in IPv4 and
// IPv6.
func TestNodesAreKnownByWhatTheyAdvertise(t *testing.T) {
	for listen, ip := range map[string]string{"0.0.0.0": "127.0.0.1", "[::]": "[::1]"} {
		if l, err := net.Listen("tcp", ip+":0"); err != nil {
			t.Logf("skipped: no %s here: %v", ip, err)
			continue
		} else {
			l.Close()
		}
		hosts := new(hostList)
		var nodes []*node.Node
		for _, address := range ports.Addresses(t, 3) {
			port := address[strings.LastIndexByte(address, ':'):]
			n := start(t, hosts, func(c *node.Config) { c.Address, c.Advertise = listen+port, ip+":0" })
			if n.Address() != ip+port {
				t.Errorf("known by %s, want %s", n.Address(), ip+port)
			}
			hosts.add(n.Address())
			nodes = append(nodes, n)
		}
		bootstrap(t, nodes...)
		eventually(t, fmt.Sprintf("3 nodes agree that listen on %s", listen), await.Patience, func() bool { return agree(nodes, 3) })
	}
}

func TestBadAddresses(t *testing.T) {
	for _, test := range []struct{ listen, advertise, want string }{
		{"0.0.0.0:3000", "", "or at another one that it advertises"},
		{"[::]:3000", "", "or at another one that it advertises"},
		{"3000", "10.0.0.7:3000", "bad listen address"},
		{"0.0.0.0:3000", "0.0.0.0:3000", "must be able to reach"},
		{"0.0.0.0:3000", "224.0.0.1:3000", "must be able to reach"},
		{"0.0.0.0:3000", "[fe80::1%eth0]:3000", "must be able to reach"},
		{"0.0.0.0:3000", "db-1.internal:3000", "it must be ip:port"},
		{"0.0.0.0:3000", "10.0.0.7", "it must be ip:port"},
		{"0.0.0.0:3000", "[::ffff:10.0.0.7]:3000", "members spell it 10.0.0.7:3000"},
		{"0.0.0.0:3000", "[FD00::1]:3000", "members spell it [fd00::1]:3000"},
	} {
		n, err := node.New(node.Config{App: "test", Address: test.listen, Advertise: test.advertise, Hosts: discovery.Static{}})
		if !errors.Is(err, node.ErrConfig) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v", test, err)
		}
		if err == nil {
			n.Close()
		}
	}
}
