package integration

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/integration/cluster"
)

// byName lists a node of this machine as localhost.
func byName(address string) string { return strings.Replace(address, "127.0.0.1", "localhost", 1) }

func TestClusterOfNames(t *testing.T) {
	c := cluster.StartListed(t, byName, cluster.Ringmend, cluster.Ringmend)
	c.Wait("both agree", c.Agree)
	for _, n := range c.Nodes {
		if !strings.Contains(n.Output(), "msg=joined hosts=[127.0.0.1:") {
			t.Errorf("%s has not joined the other one:\n%s", n.Address, n.Output())
		}
	}
}

// A node that lists only itself, by name, is ready.
func TestClusterOfOneName(t *testing.T) {
	c := cluster.StartListed(t, byName, cluster.Ringmend)
	c.Wait("it agrees with itself", c.Agree)
	c.Wait("it is ready", func(context.Context) error {
		if !strings.Contains(c.Nodes[0].Output(), "a cluster of its own") {
			return errors.New("it does not say so")
		}
		return nil
	})
}

func TestMixedClusterOfNamesAgrees(t *testing.T) {
	c := cluster.StartListed(t, byName, cluster.Ringmend, cluster.RingpopGo, cluster.Ringmend, cluster.RingpopGo)
	agreeThroughKills(t, c)
}

// One name in a list of addresses, or the other way round.
func TestMixedClusterOfNamesAndAddressesAgrees(t *testing.T) {
	names := 0
	everyOther := func(address string) string {
		if names++; names%2 == 0 {
			return address
		}
		return byName(address)
	}
	c := cluster.StartListed(t, everyOther, cluster.Ringmend, cluster.RingpopGo, cluster.Ringmend)
	c.Wait("all agree", c.Agree)
	sameOwners(t, c)
}
