package walkthrough

import (
	"fmt"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/internal/netns/nstest"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// cut is a cluster in parts that must stay parts, whatever its nodes dial.
type cut struct {
	name  string
	parts [][]string
	// named are the parts as make_partition is told them; as they are if nil.
	named []string
	// gated says that make_partition must run for as long as the cut lasts.
	gated bool
	// lasts is how long the nodes are made to redial.
	lasts time.Duration
}

var cuts = []cut{
	{name: "an-address-each", lasts: 60 * time.Second, parts: [][]string{
		{"127.0.0.11:3000", "127.0.0.12:3000"}, {"127.0.0.13:3000", "127.0.0.14:3000"},
	}},
	{name: "one-address", lasts: 60 * time.Second, gated: true, named: []string{"3000,3001", "3002,3003"}, parts: [][]string{
		{"127.0.0.1:3000", "127.0.0.1:3001"}, {"127.0.0.1:3002", "127.0.0.1:3003"},
	}},
	{name: "ipv6", lasts: 10 * time.Second, parts: [][]string{
		{"[fd00::11]:3000", "[fd00::12]:3000"}, {"[fd00::13]:3000", "[fd00::14]:3000"},
	}},
	{name: "three-parts", lasts: 10 * time.Second, parts: [][]string{
		{"127.0.0.11:3000", "127.0.0.12:3000"}, {"127.0.0.13:3000", "127.0.0.14:3000"}, {"127.0.0.15:3000", "127.0.0.16:3000"},
	}},
}

const (
	// redialEvery is how long the nodes are left alone after all connections of
	// the cluster were broken.
	redialEvery = 3 * time.Second
	// longestPing is more than a node waits for the answer to a ping.
	longestPing = 2 * time.Second
)

// TestSidesStaySides breaks the connections of a cluster again and again while it
// is cut: nodes reconnect within their own side only. All nodes are polled throughout.
func TestSidesStaySides(t *testing.T) {
	t.Parallel()
	for _, c := range cuts {
		t.Run(c.name, func(t *testing.T) {
			if enter(t, "ss", "nft", "iptables-restore", "iptables-legacy-restore") {
				c.run(t)
			}
		})
	}
}

func (c *cut) run(t *testing.T) {
	nstest.LoadUserRules(t)
	before := nstest.Firewalls(t)
	user := &shell{t, t.TempDir()}
	nodes := observe(t, c.parts...)
	c.start(t, user)
	until(t, "a cluster", func() string { return nodes.notWhole(t.Context()) })

	mend := c.cut(user)
	until(t, "the split", func() string { return nodes.notSplit(t.Context()) })
	asked, redialled := c.torment(t, nodes)
	t.Logf("%s: for %s the sides were asked %d times, and made to redial %d times", c.name, c.lasts, asked, redialled)
	c.look(user)

	mend()
	took := until(t, "the cluster is whole again", func() string { return nodes.notWhole(t.Context()) })
	t.Logf("%s: one checksum %v after the rules were taken away", c.name, took.Round(10*time.Millisecond))
	if diff := cmp.Diff(before, nstest.Firewalls(t)); diff != "" {
		t.Errorf("the user's rules (-before +after):\n%s", diff)
	}
}

// start starts the nodes. Those with an address each dial from it.
func (c *cut) start(t *testing.T, user *shell) {
	t.Helper()
	var hosts []string
	for _, part := range c.parts {
		hosts = append(hosts, part...)
	}
	user.hosts(hosts)
	for i, address := range hosts {
		if at := netip.MustParseAddrPort(address); at.Addr().Is6() {
			user.do(fmt.Sprintf("ip -6 addr add %s/128 dev lo nodad", at.Addr()))
		}
		args := []string{"--listen=" + address, "--hosts=hosts.json"}
		if !c.gated {
			args = append(args, "--bind-dial")
		}
		user.start(fmt.Sprintf("node%d", i), "testpop", args...)
	}
}

// cut makes the cut and returns what mends it.
func (c *cut) cut(user *shell) (mend func()) {
	named := c.named
	if named == nil {
		for _, part := range c.parts {
			named = append(named, strings.Join(part, ","))
		}
	}
	if !c.gated {
		user.do("make_partition --scan --apply " + strings.Join(named, " "))
		return func() { user.do("make_partition --heal --apply") }
	}
	running := user.start("gate", "make_partition", append([]string{"--scan", "--apply"}, named...)...)
	until(user.t, "the cut", func() string {
		if said := user.read("gate"); !strings.Contains(said, "The cut is made") {
			return said + "(nothing more)"
		}
		return ""
	})
	return func() {
		if err := user.stop(running); err != nil {
			user.t.Errorf("make_partition: %v", err)
		}
	}
}

// torment has the nodes redial for as long as the cut is to last, and asks them
// all the time. It returns how often it did either.
func (c *cut) torment(t *testing.T, nodes *observer) (asked, redialled int) {
	for end := time.Now().Add(c.lasts); time.Now().Before(end) && !t.Failed(); redialled++ {
		// A ping whose connection breaks has failed, and makes its target suspect. So
		// the connections are broken when no ping is under way.
		nodes.gossip(t, false)
		for quiet := time.Now().Add(longestPing); time.Now().Before(quiet); asked++ {
			nodes.mustBeSplit(t)
		}
		broken := breakConnections(t, nodes)
		nodes.gossip(t, true)
		next := time.Now().Add(redialEvery)
		for missing := "all"; time.Now().Before(next) || missing != ""; asked++ {
			nodes.mustBeSplit(t)
			if missing != "" {
				missing = notRedialled(t, nodes, broken)
			}
			if missing != "" && time.Since(next) > patience {
				t.Fatalf("not within %s: %s", patience, missing)
			}
		}
		until(t, "each side is one", func() string { return nodes.notSplit(t.Context()) })
	}
	return asked, redialled
}

// look has an admin that knows nothing open new connections in the cut.
func (c *cut) look(user *shell) {
	var rows []row
	var firsts []string
	for _, part := range c.parts {
		rows = append(rows, row{nodes: len(part), alive: len(part), faulty: (len(c.parts) - 1) * len(part)})
		firsts = append(firsts, part[0])
	}
	// It waits for a node for two seconds, which a connection may take on a machine
	// that is busy.
	for _, first := range firsts {
		until(user.t, "partitions as "+first+" knows them", func() string {
			got := tables(user.do("ringpop-admin partitions "+first), true)
			return cmp.Diff([][]row{rows}, got, cmp.AllowUnexported(row{}))
		})
		until(user.t, "top at "+first, func() string {
			column := fmt.Sprintf("P%d", len(c.parts))
			if strings.Contains(user.do("ringpop-admin top -R "+first), column) {
				return ""
			}
			return "no column " + column
		})
	}
}

// breakConnections resets every connection of this namespace, and returns those
// between nodes.
func breakConnections(t *testing.T, nodes *observer) map[flow]bool {
	t.Helper()
	broken := make(map[flow]bool)
	for f := range flows(t, nodes) {
		broken[f] = true
	}
	out, err := exec.Command("ss", "--tcp", "--no-header", "--numeric", "--kill", "state", "established").CombinedOutput()
	if err != nil || strings.Contains(string(out), "not supported") {
		t.Skipf("skipped: connections cannot be broken here: ss --kill: %v %s", err, out)
	}
	return broken
}

// flow is a connection as its dialler has it.
type flow struct{ from, to netip.AddrPort }

// flows returns the connections between nodes of one side, and between which.
func flows(t *testing.T, nodes *observer) map[flow]pair {
	t.Helper()
	table, err := sockets.Scan("/proc")
	if err != nil {
		t.Fatal(err)
	}
	owner := make(map[int]netip.AddrPort)
	for _, s := range table.Listeners() {
		if nodes.partOf(s.Local) >= 0 {
			owner[s.PIDs[0]] = s.Local
		}
	}
	found := make(map[flow]pair)
	for _, s := range table {
		if s.State != sockets.Established || len(s.PIDs) == 0 {
			continue
		}
		from, ours := owner[s.PIDs[0]]
		to := s.Remote
		if side := nodes.partOf(to); ours && side >= 0 && nodes.partOf(from) == side {
			found[flow{s.Local, to}] = pairOf(from, to)
		}
	}
	return found
}

// notRedialled says which nodes of one side have no connection but broken ones.
func notRedialled(t *testing.T, nodes *observer, broken map[flow]bool) string {
	t.Helper()
	connected := make(map[pair]bool)
	for f, p := range flows(t, nodes) {
		if !broken[f] {
			connected[p] = true
		}
	}
	for _, part := range nodes.parts {
		for i, a := range part {
			for _, b := range part[:i] {
				if p := pairOf(netip.MustParseAddrPort(a), netip.MustParseAddrPort(b)); !connected[p] {
					return fmt.Sprintf("no new connection between %s and %s", p[0], p[1])
				}
			}
		}
	}
	return ""
}
