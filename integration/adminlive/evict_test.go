package adminlive_test

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/integration/cluster"
	"github.com/ringmend/ringmend/node/evict"
	"github.com/ringmend/ringmend/node/wire"
)

// mixed is a cluster of two nodes of ringmend and two of ringpop-go.
type mixed struct {
	t       *testing.T
	program string
	*cluster.Cluster
}

// admin runs ringpop-admin and returns what it prints.
func (m *mixed) admin(args ...string) string {
	m.t.Helper()
	out, err := exec.CommandContext(m.t.Context(), m.program, args...).CombinedOutput()
	if err != nil {
		m.t.Fatalf("ringpop-admin %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// waitFor waits until nodes hold a member so, and have it in their rings or not.
func (m *mixed) waitFor(what string, nodes []int, member int, status wire.Status, inRing bool) {
	m.t.Helper()
	address := m.Nodes[member].Address
	m.Wait(what, func(ctx context.Context) error {
		for _, i := range nodes {
			stats, err := m.Nodes[i].Stats(ctx)
			if err != nil {
				return err
			}
			at := slices.IndexFunc(stats.Membership.Members, func(m wire.Member) bool { return string(m.Address) == address })
			if at < 0 || stats.Membership.Members[at].Status != status {
				return fmt.Errorf("node %d does not hold it %v", i, status)
			}
			if slices.Contains(stats.Ring.Servers, address) != inRing {
				return fmt.Errorf("node %d has the ring %v", i, stats.Ring.Servers)
			}
		}
		return nil
	})
}

// What docs/protocol.md says about evictions in a cluster with ringpop-go nodes: they pass the
// labels on, an evicted node of ringmend is out of their rings, and one of their own until it is
// restarted.
func TestEvictionsBesideRingpopGo(t *testing.T) {
	m := &mixed{t, cluster.Build(t, adminProgram), cluster.Start(t, cluster.Ringmend, cluster.Ringmend, cluster.RingpopGo, cluster.RingpopGo)}
	m.Wait("all agree", m.Agree)
	address := func(i int) string { return m.Nodes[i].Address }
	all := []int{0, 1, 2, 3}

	// By way of a node of ringpop-go, which knows where the others are.
	out := m.admin("evict", address(1), address(2))
	if want := fmt.Sprintf("%s is evicted. All 2 nodes of ringmend know it.\n", address(1)); out != want {
		t.Errorf("got %q, want %q", out, want)
	}
	m.waitFor("the node of ringmend has left", all, 1, wire.Leave, false)
	stats, err := m.Nodes[3].Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var list evict.List
	for _, member := range stats.Membership.Members {
		for _, r := range evict.Parse(member.Labels) {
			list.Merge(r)
		}
	}
	if !list.Evicted(wire.Address(address(1))) {
		t.Errorf("ringpop-go has not the labels: %+v", stats.Membership.Members)
	}
	m.Nodes[1].Kill()
	m.StartNode(1)
	m.waitFor("it has left again after its restart", all, 1, wire.Leave, false)
	m.admin("readmit", address(1), address(2))
	m.Wait("all agree again", m.Agree)

	out = m.admin("evict", address(3), address(0))
	if !strings.Contains(out, "It runs another program, which was told to leave.") {
		t.Errorf("got %q", out)
	}
	m.waitFor("the node of ringpop-go has left", all, 3, wire.Leave, false)
	m.Nodes[3].Kill()
	m.StartNode(3)
	m.waitFor("it is alive, and out of our rings", []int{0, 1}, 3, wire.Alive, false)
	m.waitFor("it is in the rings of ringpop-go", []int{2, 3}, 3, wire.Alive, true)
	if status := m.admin("status", address(2)); !strings.Contains(status, address(3)+"   alive    evicted\n") {
		t.Errorf("status: %s", status)
	}
	m.admin("readmit", address(3), address(2))
	m.Wait("all agree in the end", m.Agree)
}
