package node_test

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/ringmend/ringmend/heal/resolve"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/wire"
)

// resolvers is a cluster of nodes with resolvers, on a network in memory that can be split.
type resolvers struct {
	t       *testing.T
	network memnet.Network
	hosts   hostList
	logs    logBuffer
	nodes   []*node.Node
}

func resolverLab(t *testing.T, n int, configure func(*node.Config)) *resolvers {
	t.Helper()
	l := &resolvers{t: t}
	for i := range n {
		l.hosts.add(l.address(i))
	}
	for i := range n {
		l.nodes = append(l.nodes, l.start(i, configure))
	}
	bootstrap(t, l.nodes...)
	eventually(t, "all serve", time.Minute, func() bool { return l.serve(l.all()...) })
	time.Sleep(resolve.MinSettle + time.Second)
	return l
}

func (l *resolvers) address(i int) string { return fmt.Sprintf("10.0.0.%d:3000", i+1) }

func (l *resolvers) all() (list []int) {
	for i := range l.nodes {
		list = append(list, i)
	}
	return list
}

func (l *resolvers) start(i int, configure func(*node.Config)) *node.Node {
	l.t.Helper()
	return startIn(l.t, &l.network, &l.hosts, func(c *node.Config) {
		c.Address = l.address(i)
		c.Logger = slog.New(slog.NewTextHandler(&l.logs, nil))
		c.Resolve.Strategy = node.KeepMajority
		if configure != nil {
			configure(c)
		}
	})
}

// split cuts the first nodes off from the others, or mends that.
func (l *resolvers) split(first int, cut bool) {
	for i := range l.nodes {
		for j := range l.nodes {
			if i < first && j >= first {
				if cut {
					l.network.Cut(l.address(i), l.address(j))
				} else {
					l.network.Mend(l.address(i), l.address(j))
				}
			}
		}
	}
}

// serve reports whether exactly these nodes tell who owns a key.
func (l *resolvers) serve(which ...int) bool {
	for i, n := range l.nodes {
		if _, err := n.Owner("a key"); (err == nil) != slices.Contains(which, i) {
			return false
		}
	}
	return true
}

func (l *resolvers) health(i int) error {
	_, err := l.network.NewTransport().Call(l.t.Context(), l.address(i), wire.EndpointHealth, nil)
	return err
}

// accepting asks a node whether it accepts a key of its own.
func accepting(l *resolvers, i int) (uint64, error) {
	n := l.nodes[i]
	for k := range 1000 {
		key := fmt.Sprint("key ", k)
		if owner, _ := n.Lookup(key); owner == n.Address() {
			return n.Accept(key)
		}
	}
	return 0, errors.New("no key is its own")
}
