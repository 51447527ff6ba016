package topology

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringmend/ringmend/lab/link"
	"github.com/ringmend/ringmend/lab/result"
)

// Layout is which hosts there are. Hosts are numbered from 0: nodes, clients, spare hosts of
// nodes that may join later, and that of a store, which no fault cuts off.
type Layout struct {
	Names                 []string
	Nodes, Clients, Spare []int
	Store                 []int // one host, or none
	sites                 bool  // each client is at the site of a node
}

// Names are the topologies there are.
var Names = []string{"simple", "wan"}

// New lays out the hosts of a run, with the links between them.
func New(c *result.Config) (*Layout, *link.Network, error) {
	l := new(Layout)
	clients, spare, store := c.Clients, 0, 0
	switch c.Topology {
	case "simple":
	case "wan":
		l.sites = true
		clients = c.Nodes
	default:
		return nil, nil, fmt.Errorf("unknown topology %q, there are %s", c.Topology, strings.Join(Names, ", "))
	}
	if c.Fault == "join-storm" || strings.Contains(c.Schedule, "join") {
		spare = c.Storm
	}
	if c.Store == result.StoreEtcd {
		store = 1
	}
	add := func(kind string, n int) (hosts []int) {
		for i := range n {
			hosts = append(hosts, len(l.Names))
			l.Names = append(l.Names, fmt.Sprintf("%s-%d", kind, i+1))
		}
		return hosts
	}
	l.Nodes, l.Clients, l.Spare, l.Store = add("node", c.Nodes), add("client", clients), add("spare", spare), add("store", store)
	if c.LatencyMatrix != nil && len(c.LatencyMatrix) != c.Nodes && len(c.LatencyMatrix) != c.Nodes+clients {
		return nil, nil, fmt.Errorf("the latency matrix has %d rows: it needs %d, one for each node, or %d with one for each client", len(c.LatencyMatrix), c.Nodes, c.Nodes+clients)
	}
	links := link.New(len(l.Names), c.Seed)
	for a := range l.Names {
		for b := range l.Names {
			if err := links.SetProfile(a, b, l.profile(c, a, b)); err != nil {
				return nil, nil, err
			}
		}
	}
	return l, links, nil
}

// profile is what the link from one host to another is like.
func (l *Layout) profile(c *result.Config, a, b int) link.Profile {
	if a == b || l.sites && l.site(a) == l.site(b) {
		return link.Profile{}
	}
	latency := c.LinkLatencyMS
	if m := c.LatencyMatrix; m != nil {
		ia, ib := a, b
		if len(m) == c.Nodes && l.sites {
			ia, ib = l.site(a), l.site(b)
		}
		if ia < len(m) && ib < len(m) {
			latency = m[ia][ib]
		}
	}
	return link.Profile{
		Delay:  time.Duration(latency * float64(time.Millisecond)),
		Jitter: c.LinkJitter,
		Loss:   c.LinkLoss / 100, Duplicate: c.LinkDuplicate / 100, Reorder: c.LinkReorder / 100,
		Rate: c.LinkRate * 1e6, Queue: c.LinkQueue,
	}
}

// site returns a number that all hosts at a place have in common.
func (l *Layout) site(host int) int {
	if i := slices.Index(l.Clients, host); i >= 0 {
		return i
	}
	return host
}

// At returns the hosts that a fault of the network meets together: those of the nodes,
// and of the clients at their sites.
func (l *Layout) At(nodes []int) (hosts []int) {
	for _, n := range nodes {
		hosts = append(hosts, l.Nodes[n])
		if l.sites {
			hosts = append(hosts, l.Clients[n])
		}
	}
	return hosts
}

// Others returns all hosts but these.
func (l *Layout) Others(hosts []int) (others []int) {
	for h := range l.Names {
		if !slices.Contains(hosts, h) {
			others = append(others, h)
		}
	}
	return others
}

// ClientOf returns the client that does the n-th operation of a node: one at its site,
// or all clients in turn.
func (l *Layout) ClientOf(n, node int) int {
	if l.sites {
		return node
	}
	return n % len(l.Clients)
}
