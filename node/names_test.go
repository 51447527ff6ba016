package node_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/memnet"
)

// zone is a name server that tests can change.
type zone struct {
	mu    sync.Mutex
	names map[string][]netip.Addr
	down  bool // it does not answer
}

func (z *zone) setDown(down bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.down = down
}

func (z *zone) set(name string, addresses ...string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.names == nil {
		z.names = make(map[string][]netip.Addr)
	}
	z.names[name] = nil
	for _, a := range addresses {
		z.names[name] = append(z.names[name], netip.MustParseAddr(a))
	}
}

func (z *zone) lookup(ctx context.Context, name string) ([]netip.Addr, error) {
	z.mu.Lock()
	addresses, ok := z.names[name]
	down := z.down
	z.mu.Unlock()
	switch {
	case down:
		<-ctx.Done()
		return nil, ctx.Err()
	case !ok:
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return addresses, nil
}

// lab is nodes on a network in memory, with a list of hosts and a name server.
type lab struct {
	t       *testing.T
	network memnet.Network
	names   zone
	hosts   hostList
	logs    logBuffer // of all nodes
}

// start starts a node at an address.
func (l *lab) start(address string, configure func(*node.Config)) *node.Node {
	l.t.Helper()
	return start(l.t, &l.hosts, func(c *node.Config) {
		c.Address = address
		c.Transport = l.network.NewTransport()
		c.LookupHost = l.names.lookup
		c.Logger = slog.New(slog.NewTextHandler(&l.logs, nil))
		if configure != nil {
			configure(c)
		}
	})
}

// inLab runs a test on a clock that goes on when nothing is left to do.
func inLab(t *testing.T, test func(t *testing.T, l *lab)) {
	synctest.Test(t, func(t *testing.T) { test(t, &lab{t: t}) })
}

func (l *lab) count(text string) int { return strings.Count(l.logs.String(), text) }

// A list of names is as good as one of addresses: also the node itself may be in it by
// name, and one name can stand for all nodes.
func TestHostsByName(t *testing.T) {
	for name, list := range map[string][]string{
		"a name each":      {"one.test:3000", "two.test:3000", "three.test:3000"},
		"one for all":      {"all.test:3000"},
		"and addresses":    {"10.0.0.1:3000", "two.test:3000", "three.test:3000"},
		"some twice":       {"10.0.0.1:3000", "one.test:3000", "two.test:3000", "all.test:3000"},
		"of IPv4 and IPv6": {"one-6.test:3000", "two-6.test:3000", "three-6.test:3000"},
	} {
		t.Run(name, func(t *testing.T) {
			inLab(t, func(t *testing.T, l *lab) {
				for i, name := range []string{"one", "two", "three"} {
					address := fmt.Sprintf("10.0.0.%d", i+1)
					l.names.set(name+".test", address)
					l.names.set(name+"-6.test", fmt.Sprintf("fd00::%d", i+1), address)
				}
				l.names.set("all.test", "10.0.0.1", "10.0.0.2", "10.0.0.3")
				l.hosts.add(list...)
				nodes := []*node.Node{l.start("10.0.0.1:3000", nil), l.start("10.0.0.2:3000", nil), l.start("10.0.0.3:3000", nil)}
				bootstrap(t, nodes...)
				eventually(t, "all agree", time.Minute, func() bool { return agree(nodes, 3) })
				time.Sleep(time.Minute) // of healers that look for others
				if !agree(nodes, 3) || len(nodes[0].Members()) != 3 {
					t.Errorf("members %v", nodes[0].Members())
				}
				for _, warning := range []string{"fewer hosts", "no address", "heal: reached"} {
					if l.count(warning) > 0 {
						t.Errorf("the log tells of %s:\n%s", warning, l.logs.String())
					}
				}
				for _, n := range nodes {
					if stats := n.HealStats(); stats.Attempts > 0 {
						t.Errorf("%s has looked for another side: %+v", n.Address(), stats)
					}
				}
			})
		})
	}
}

// A node that lists only itself by name is alone, and ready, as with its address.
func TestAloneByName(t *testing.T) {
	for name, address := range map[string]string{"its address": "10.0.0.1", "loopback": "127.0.1.1"} {
		t.Run(name, func(t *testing.T) {
			inLab(t, func(t *testing.T, l *lab) {
				l.names.set("me.test", address)
				l.hosts.add("me.test:3000")
				n := l.start("10.0.0.1:3000", nil)
				bootstrap(t, n)
				synctest.Wait()
				if line := l.logs.line("a cluster of its own"); !strings.Contains(line, "level=WARN") {
					t.Errorf("no warning:\n%s", l.logs.String())
				}
			})
		})
	}
}

// A list of names and addresses is warned about, once and when it changes.
func TestMixedListsAreWarnedAbout(t *testing.T) {
	inLab(t, func(t *testing.T, l *lab) {
		l.names.set("two.test", "10.0.0.2")
		l.hosts.add("10.0.0.1:3000", "two.test:3000", "10.0.0.3:3000")
		n := l.start("10.0.0.1:3000", nil)
		two := l.start("10.0.0.2:3000", func(c *node.Config) { c.Logger = nil })
		bootstrap(t, n, two)
		eventually(t, "both agree", time.Minute, func() bool { return agree([]*node.Node{n, two}, 2) })
		time.Sleep(time.Minute)
		const warning = `level=WARN msg="the list of hosts has both names and addresses"`
		if l.count(warning) != 1 || !strings.Contains(l.logs.line(warning), "names=1 addresses=2") {
			t.Errorf("warned %d times:\n%s", l.count(warning), l.logs.String())
		}
		l.hosts.add("10.0.0.4:3000")
		time.Sleep(time.Minute)
		if l.count(warning) != 2 || l.count("names=1 addresses=3") != 1 {
			t.Errorf("after a change warned %d times:\n%s", l.count(warning), l.logs.String())
		}
	})
}

// A name that does not resolve is a host that is not there yet: a node is not alone for
// that, and joins as soon as it does.
func TestNamesThatDoNotResolveYet(t *testing.T) {
	inLab(t, func(t *testing.T, l *lab) {
		l.names.set("one.test", "10.0.0.1")
		l.hosts.add("one.test:3000", "two.test:3000")
		one := l.start("10.0.0.1:3000", nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := one.Bootstrap(ctx); err == nil {
			t.Fatal("it is ready while the other host cannot be found")
		}
		if line := l.logs.line("not joined yet"); !strings.Contains(line, `because="name does not resolve: two.test:3000"`) {
			t.Errorf("the log says %s", line)
		}
		if n := l.count("hosts of the list have no address"); n != 1 {
			t.Errorf("it is said %d times that the name does not resolve:\n%s", n, l.logs.String())
		}
		l.names.set("two.test", "10.0.0.2")
		two := l.start("10.0.0.2:3000", nil)
		bootstrap(t, one, two)
		eventually(t, "both agree", time.Minute, func() bool { return agree([]*node.Node{one, two}, 2) })
		eventually(t, "it is said that all names resolve", time.Minute, func() bool { return l.count("have addresses again") == 1 })
	})
}

// When a host moves its name is looked up anew, also by a healer that looks for it.
func TestNamesAreFollowed(t *testing.T) {
	inLab(t, func(t *testing.T, l *lab) {
		l.names.set("one.test", "10.0.0.1")
		l.names.set("two.test", "10.0.0.9") // no node is there
		one := l.start("10.0.0.1:3000", nil)
		l.hosts.add("one.test:3000")
		bootstrap(t, one)
		l.hosts.add("two.test:3000")
		two := start(t, discovery.Static{"10.0.0.2:3000"}, func(c *node.Config) {
			c.Address = "10.0.0.2:3000"
			c.Transport = l.network.NewTransport()
		})
		bootstrap(t, two)
		time.Sleep(time.Minute)
		if agree([]*node.Node{one, two}, 2) {
			t.Fatal("they know each other before one can know the other")
		}
		l.names.set("two.test", "10.0.0.2")
		eventually(t, "both agree", time.Minute, func() bool { return agree([]*node.Node{one, two}, 2) })
	})
}

// forgetsSoon makes a node forget the faulty after seconds, not after a day.
var forgetsSoon = node.Protocol{FaultyPeriod: 10 * time.Second, TombstonePeriod: time.Second}

// A name server that does not answer delays nothing, is warned about once, and does not
// keep the node from trying the addresses it had before.
func TestNamesWithoutANameServer(t *testing.T) {
	inLab(t, func(t *testing.T, l *lab) {
		l.names.set("one.test", "10.0.0.1")
		l.names.set("two.test", "10.0.0.2")
		l.hosts.add("one.test:3000", "two.test:3000")
		forgetful := func(c *node.Config) { c.Protocol = forgetsSoon }
		one, two := l.start("10.0.0.1:3000", forgetful), l.start("10.0.0.2:3000", forgetful)
		nodes := []*node.Node{one, two}
		bootstrap(t, nodes...)
		eventually(t, "both agree", time.Minute, func() bool { return agree(nodes, 2) })
		l.names.setDown(true)
		l.network.Cut(one.Address(), two.Address())
		eventually(t, "they have forgotten each other", time.Minute, func() bool { return len(one.Members()) == 1 && len(two.Members()) == 1 })
		time.Sleep(time.Minute)
		l.network.Mend(one.Address(), two.Address())
		eventually(t, "both agree again", time.Minute, func() bool { return agree(nodes, 2) })
		if n := l.count("level=WARN msg=\"names of hosts cannot be looked up"); n != len(nodes) {
			t.Errorf("warned %d times:\n%s", n, l.logs.String())
		}
		l.names.setDown(false)
		eventually(t, "it is said that they can", time.Minute, func() bool { return l.count("level=INFO msg=\"names of hosts can be looked up again") == len(nodes) })
	})
}

// A node that is closed does not wait for its lookups, and does not complain of them.
func TestCloseEndsLookups(t *testing.T) {
	inLab(t, func(t *testing.T, l *lab) {
		l.names.setDown(true)
		l.hosts.add("two.test:3000")
		n := l.start("10.0.0.1:3000", nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second) // within the first lookup
		defer cancel()
		if err := n.Bootstrap(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("bootstrap: %v", err)
		}
		began := time.Now()
		n.Close()
		if took := time.Since(began); took > 0 || strings.Contains(l.logs.String(), "level=WARN") {
			t.Errorf("after %v the log says\n%s", took, l.logs.String())
		}
	})
}
