package walkthrough

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/internal/netlab"
	"github.com/ringmend/ringmend/internal/netns/nstest"
)

// TestRoutesSplitACluster cuts nodes on hosts of their own by the scripts of
// make_partition --format route, as for containers, and mends them.
func TestRoutesSplitACluster(t *testing.T) {
	t.Parallel()
	if !netlab.Inside() {
		if err := netlab.Missing(); err != nil {
			t.Skipf("skipped: %v", err)
		}
		build(t)
		nstest.Again(t, netlab.Command())
		return
	}
	network, err := netlab.New(hosts)
	if err != nil {
		t.Fatal(err)
	}
	user := &shell{t, t.TempDir()}
	var all []string
	for i := range hosts {
		all = append(all, network.Address(i)+":3000")
	}
	user.hosts(all)
	for i, address := range all {
		line := network.On(i, "testpop", "--listen="+address, "--hosts=hosts.json")
		user.start(fmt.Sprintf("node%d", i), line[0], line[1:]...)
	}
	nodes := observe(t, all[:2], all[2:])
	until(t, "a cluster", func() string { return nodes.notWhole(t.Context()) })
	before := routes(user, network)

	sides := strings.Join(all[:2], ",") + " " + strings.Join(all[2:], ",")
	onAllHosts(user, network, "make_partition --static --format route "+sides)
	until(t, "the split", func() string {
		if nodes.anyFaulty(t.Context()) {
			t.Error("a node holds one of its own side faulty, or cannot be asked")
		}
		return nodes.notSplit(t.Context())
	})
	onAllHosts(user, network, "make_partition --static --format route --heal "+sides)
	took := until(t, "the cluster is whole again", func() string { return nodes.notWhole(t.Context()) })
	t.Logf("by routes: one checksum %v after the routes were given back", took.Round(10*time.Millisecond))
	if diff := cmp.Diff(before, routes(user, network)); diff != "" {
		t.Errorf("routes (-before +after):\n%s", diff)
	}
}

// hosts is how many hosts the network has.
const hosts = 4

// onAllHosts runs the script that a command prints on each host, under its name.
func onAllHosts(user *shell, network *netlab.Network, command string) {
	user.do(command + " >script")
	for i := range hosts {
		line := network.On(i, "sh", "-s", network.Address(i))
		user.do(strings.Join(line, " ") + " <script")
	}
}

func routes(user *shell, network *netlab.Network) string {
	var all strings.Builder
	for i := range hosts {
		fmt.Fprintf(&all, "host %d\n", i)
		all.WriteString(user.do(strings.Join(network.On(i, "ip", "-4", "route", "show", "table", "all"), " ")))
	}
	return all.String()
}
