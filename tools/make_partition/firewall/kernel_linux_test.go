package firewall

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/tools/make_partition/format"
	"github.com/ringmend/ringmend/tools/make_partition/internal/nstest"
	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/rules"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// ways are the firewalls that a Linux machine may have.
var ways = []struct{ name, format, backend string }{
	{"nft", format.NFT, ""},
	{"legacy", format.Restore, Legacy},
	{"iptables-nft", format.Restore, NFTables},
}

// families are four nodes with an address each, and one for everybody else.
var families = []struct {
	name, admin string
	nodes       [4]string
}{
	{"IPv4", "127.0.0.1", [4]string{"127.0.0.11:3000", "127.0.0.12:3000", "127.0.0.13:3000", "127.0.0.14:3000"}},
	{"IPv6", "::1", [4]string{"[fd00::11]:3000", "[fd00::12]:3000", "[fd00::13]:3000", "[fd00::14]:3000"}},
}

var programs = []string{"nft", "iptables-legacy-restore", "iptables-nft-restore", "ip6tables-legacy-restore", "ip6tables-nft-restore"}

func TestMain(m *testing.M) { nstest.Main(m) }

// split makes a split of nodes that are only named.
func split(t *testing.T, parts ...string) *partition.Split {
	t.Helper()
	var spec partition.Spec
	for _, text := range parts {
		part, err := partition.ParsePart(text)
		if err != nil {
			t.Fatal(err)
		}
		spec.Parts = append(spec.Parts, part)
	}
	s, err := spec.Resolve(partition.Static{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func plan(t *testing.T, parts ...string) *rules.Plan {
	t.Helper()
	p, err := rules.Make(split(t, parts...), nil, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const userRules = `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:RINGMEND - [0:0]
-A INPUT -p tcp -m tcp --dport 81 -j RINGMEND
-A RINGMEND -j MARK --set-xmark 0x1/0xffffffff
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:LOGDROP - [0:0]
:RINGMENDER - [0:0]
:USER-IN - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -m comment --comment "a comment with -j RINGMEND" -j USER-IN
-A INPUT -j RINGMENDER
-A FORWARD -j LOGDROP
-A LOGDROP -m limit --limit 5/min -j RETURN
-A LOGDROP -j DROP
-A RINGMENDER -p tcp -m comment --comment ringmend -j RETURN
-A USER-IN -p tcp -m multiport --dports 80,443 -j ACCEPT
COMMIT
`

const userTable = `table inet mine {
	chain in {
		type filter hook input priority 0; policy accept;
		tcp dport 22 counter accept comment "ringmend"
	}
}
`

// loadUserRules fills every firewall with rules of a user.
func loadUserRules(t *testing.T) {
	for _, backend := range []string{Legacy, NFTables} {
		for _, v6 := range []bool{false, true} {
			nstest.Feed(t, userRules, iptablesProgram(backend, v6, "restore"))
		}
	}
	nstest.Feed(t, userTable, "nft", "-f", "-")
}

// snapshot returns everything that the firewalls hold, as their own programs print
// it, without the lines that hold the time.
func snapshot(t *testing.T) string {
	var b strings.Builder
	commands := [][]string{{"nft", "list", "ruleset"}}
	for _, backend := range []string{Legacy, NFTables} {
		for _, v6 := range []bool{false, true} {
			if _, err := os.ReadFile("/proc/net/ip_tables_names"); backend == Legacy && errors.Is(err, os.ErrPermission) {
				// In a user namespace iptables-legacy-save does not work.
				program := strings.TrimSuffix(iptablesProgram(backend, v6, ""), "-")
				commands = append(commands, []string{program, "-S"}, []string{program, "-S", "-t", "mangle"})
				continue
			}
			commands = append(commands, []string{iptablesProgram(backend, v6, "save")})
		}
	}
	for _, c := range commands {
		fmt.Fprintf(&b, "== %s\n", c[0])
		for line := range strings.Lines(nstest.Run(t, c[0], c[1:]...)) {
			if !strings.HasPrefix(line, "# ") {
				b.WriteString(line)
			}
		}
	}
	return b.String()
}

// TestMendingLeavesTheUsersRulesAsTheyWere compares byte for byte.
func TestMendingLeavesTheUsersRulesAsTheyWere(t *testing.T) {
	if !nstest.Enter(t, programs...) {
		return
	}
	loadUserRules(t)
	before := snapshot(t)
	for _, want := range []string{"RINGMENDER", "chain LOGDROP", ":INPUT DROP [0:0]", "table inet mine"} {
		if !strings.Contains(before, want) {
			t.Fatalf("the user's rules are not loaded: no %q in\n%s", want, before)
		}
	}
	both := plan(t, "127.0.0.11:3000,[fd00::11]:3000", "127.0.0.12:3000,[fd00::12]:3000", "127.0.0.13:3000")
	oneAddress := plan(t, "3000", "3001")
	user := &rules.Plan{Hook: rules.Output, Rules: []rules.Rule{{User: "0", ToPort: 3000, Comment: "ringmend: x"}}}
	for _, way := range ways {
		for name, p := range map[string]*rules.Plan{"by address": both, "by port": oneAddress, "by user": user} {
			t.Run(way.name+" "+name, func(t *testing.T) {
				f := New(Options{Backend: way.backend})
				if err := f.Cut(t.Context(), way.format, p); err != nil {
					t.Fatal(err)
				}
				during := snapshot(t)
				missing := strings.Split(before, "\n")
				for line := range strings.SplitSeq(during, "\n") {
					if len(missing) > 0 && line == missing[0] {
						missing = missing[1:]
					}
				}
				if len(missing) > 0 || during == before {
					t.Errorf("the user's rules are not untouched during the cut:\n%s", cmp.Diff(before, during))
				}
				if err := f.Check(t.Context()); !errors.Is(err, ErrCut) {
					t.Errorf("a second cut: %v, want ErrCut", err)
				}
				if _, err := New(Options{}).MendAll(t.Context()); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(before, snapshot(t)); diff != "" {
					t.Errorf("after mending (-before +after):\n%s", diff)
				}
			})
		}
	}
}

// TestPrintedRulesAreUndoneByPrintedInverse goes the way of a user who pipes the
// text into the firewall's own programs.
func TestPrintedRulesAreUndoneByPrintedInverse(t *testing.T) {
	if !nstest.Enter(t, programs...) {
		return
	}
	loadUserRules(t)
	before := snapshot(t)
	p := plan(t, "127.0.0.11:3000,[fd00::11]:3000", "127.0.0.12:3000,[fd00::12]:3000")
	for _, tt := range []struct {
		format  string
		loaders [][]string
	}{
		{format.NFT, [][]string{{"nft", "-f", "-"}}},
		{format.IPTables, [][]string{{"sh"}}},
		{format.Restore, [][]string{{"iptables-legacy-restore", "--noflush"}, {"ip6tables-legacy-restore", "--noflush"}}},
		{format.Restore, [][]string{{"iptables-nft-restore", "--noflush"}, {"ip6tables-nft-restore", "--noflush"}}},
	} {
		t.Run(tt.format+" "+tt.loaders[0][0], func(t *testing.T) {
			cut, err := format.Cut(tt.format, p)
			heal, healErr := format.Heal(tt.format, p.Hook)
			if err := errors.Join(err, healErr); err != nil {
				t.Fatal(err)
			}
			for _, loader := range tt.loaders {
				nstest.Feed(t, cut, loader[0], loader[1:]...)
			}
			if during := snapshot(t); during == before {
				t.Error("the cut changes nothing")
			}
			for _, loader := range tt.loaders {
				nstest.Feed(t, heal, loader[0], loader[1:]...)
			}
			if diff := cmp.Diff(before, snapshot(t)); diff != "" {
				t.Errorf("after mending (-before +after):\n%s", diff)
			}
		})
	}
}

func TestMendingAnEmptyFirewallLeavesItEmpty(t *testing.T) {
	if !nstest.Enter(t, "nft") {
		return
	}
	f := New(Options{})
	if err := f.Cut(t.Context(), format.NFT, plan(t, "127.0.0.11:3000", "127.0.0.12:3000")); err != nil {
		t.Fatal(err)
	}
	if cuts, err := f.MendAll(t.Context()); err != nil || len(cuts) != 1 || len(cuts[0].Rules) != 5 {
		t.Errorf("MendAll = %v, %v, want one cut with 5 rules", cuts, err)
	}
	if left := nstest.Run(t, "nft", "list", "ruleset"); left != "" {
		t.Errorf("left behind:\n%s", left)
	}
	if cuts, err := f.MendAll(t.Context()); err != nil || len(cuts) != 0 {
		t.Errorf("MendAll of nothing = %v, %v", cuts, err)
	}
}

// TestSidesStaySides cuts 2|2 between real listeners.
func TestSidesStaySides(t *testing.T) {
	if !nstest.Enter(t, programs...) {
		return
	}
	// The user accepts everything over loopback, which must not come first.
	loadUserRules(t)
	for _, family := range families {
		listenAll(t, family.nodes[:])
		for _, way := range ways {
			t.Run(family.name+" "+way.name, func(t *testing.T) {
				n := family.nodes
				across, inside := connect(t, n[0], n[2]), connect(t, n[0], n[1])
				f := New(Options{Backend: way.backend})
				if err := f.Cut(t.Context(), way.format, plan(t, n[0]+","+n[1], n[2]+","+n[3])); err != nil {
					t.Fatal(err)
				}
				expect(t, "an open connection across", nstest.Use(across), nstest.Refused)
				expect(t, "an open connection inside", nstest.Use(inside), nstest.OK)
				checkSides(t, family.admin, [][]string{n[:2], n[2:]})
				if _, err := f.MendAll(t.Context()); err != nil {
					t.Fatal(err)
				}
				checkSides(t, family.admin, [][]string{n[:]})
			})
		}
	}
}

func TestThreePartsAndABridge(t *testing.T) {
	if !nstest.Enter(t, programs...) {
		return
	}
	family := families[0]
	n := family.nodes
	listenAll(t, n[:])
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			f := New(Options{Backend: way.backend})
			if err := f.Cut(t.Context(), way.format, plan(t, n[0], n[1], n[2])); err != nil {
				t.Fatal(err)
			}
			checkSides(t, family.admin, [][]string{{n[0]}, {n[1]}, {n[2]}})
			for _, other := range n[:3] {
				expect(t, "the fourth node to "+other, nstest.Try(host(n[3]), other), nstest.OK)
				expect(t, other+" to the fourth node", nstest.Try(host(other), n[3]), nstest.OK)
			}
			if _, err := f.MendAll(t.Context()); err != nil {
				t.Fatal(err)
			}
			checkSides(t, family.admin, [][]string{n[:]})
		})
	}
}

// TestNodesOfTwoUsers cuts nodes on one address by their owners.
func TestNodesOfTwoUsers(t *testing.T) {
	if !nstest.Enter(t, programs...) {
		return
	}
	// Making sockets as somebody else takes more than root in a user namespace.
	if err := asUser(1001, func() error { return nil }); err != nil {
		t.Skipf("skipped: cannot act as another user: %v", err)
	}
	table := sockets.Table{
		{State: sockets.Listen, Local: mustAddr("127.0.0.1:3000"), PIDs: []int{1}, User: "1001"},
		{State: sockets.Listen, Local: mustAddr("127.0.0.1:3001"), PIDs: []int{2}, User: "1002"},
	}
	a, _ := partition.ParsePart("3000")
	b, _ := partition.ParsePart("3001")
	s, err := partition.Spec{Parts: []partition.Part{a, b}}.Resolve(partition.Listening{Sockets: table})
	if err != nil {
		t.Fatal(err)
	}
	p, err := rules.Make(s, table, rules.Options{By: rules.User})
	if err != nil {
		t.Fatal(err)
	}
	listenAll(t, []string{"127.0.0.1:3000", "127.0.0.1:3001"})
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			f := New(Options{Backend: way.backend})
			if err := f.Cut(t.Context(), way.format, p); err != nil {
				t.Fatal(err)
			}
			for _, tt := range []struct {
				uid  int
				to   string
				want string
			}{
				{1001, "127.0.0.1:3001", nstest.Refused},
				{1002, "127.0.0.1:3000", nstest.Refused},
				{1001, "127.0.0.1:3000", nstest.OK},
				{1003, "127.0.0.1:3001", nstest.OK},
			} {
				err := asUser(tt.uid, func() error { return nstest.Try("", tt.to) })
				expect(t, fmt.Sprintf("user %d to %s", tt.uid, tt.to), err, tt.want)
			}
			if _, err := f.MendAll(t.Context()); err != nil {
				t.Fatal(err)
			}
			expect(t, "after mending", asUser(1001, func() error { return nstest.Try("", "127.0.0.1:3001") }), nstest.OK)
		})
	}
}

// TestABadRuleCutsNothing loads a plan of which the second half is refused.
func TestABadRuleCutsNothing(t *testing.T) {
	if !nstest.Enter(t, programs...) {
		return
	}
	p := plan(t, "127.0.0.11:3000,[fd00::11]:3000", "127.0.0.12:3000,[fd00::12]:3000")
	p.Rules = append(p.Rules, rules.Rule{From: mustAddr("[fd00::1]:1").Addr(), User: "no-such-user", Comment: "ringmend: x"})
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			f := New(Options{Backend: way.backend})
			err := f.Cut(t.Context(), way.format, p)
			failed, ok := errors.AsType[*CommandError](err)
			if !ok || failed.Stderr == "" || strings.Contains(failed.Error(), "\n") {
				t.Errorf("Cut = %v, want a CommandError of one line", err)
			}
			if cuts, err := f.Status(t.Context()); err != nil || len(cuts) > 0 {
				t.Errorf("Status = %v, %v, want no cuts", cuts, err)
			}
		})
	}
}

// asUser runs a function on a thread whose new sockets belong to a user.
func asUser(uid int, do func() error) error {
	result := make(chan error)
	go func() {
		// The thread is never unlocked, so it ends with this goroutine.
		runtime.LockOSThread()
		_, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, uintptr(uid), 0, 0)
		if got, _, _ := syscall.RawSyscall(syscall.SYS_SETFSUID, uintptr(uid), 0, 0); int(got) != uid {
			result <- errors.ErrUnsupported
			return
		}
		result <- do()
	}()
	return <-result
}

// listenAll makes an echo at each address. IPv6 addresses are added first.
func listenAll(t *testing.T, addresses []string) {
	t.Helper()
	for _, address := range addresses {
		if ip := host(address); strings.Contains(ip, ":") {
			nstest.Run(t, "ip", "-6", "addr", "add", ip+"/128", "dev", "lo", "nodad")
		}
		listener, err := nstest.Listen(address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
	}
	// The kernel takes a moment until a new address of IPv6 has its route.
	deadline := time.Now().Add(10 * time.Second)
	for _, from := range addresses {
		for _, to := range addresses {
			for err := nstest.Try(host(from), to); err != nil; err = nstest.Try(host(from), to) {
				if time.Now().After(deadline) {
					t.Fatalf("before any cut: %v", err)
				}
				time.Sleep(10 * time.Millisecond)
			}
		}
	}
}

func connect(t *testing.T, from, to string) net.Conn {
	t.Helper()
	conn, err := nstest.Connect(host(from), to)
	if err == nil {
		err = nstest.Use(conn)
	}
	if err != nil {
		t.Fatalf("before the cut: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// checkSides makes sure that new connections work inside each side and from an
// admin's address, and nowhere else.
func checkSides(t *testing.T, admin string, sides [][]string) {
	t.Helper()
	for i, from := range sides {
		for j, to := range sides {
			want := nstest.OK
			if i != j {
				want = nstest.Refused
			}
			for _, a := range from {
				for _, b := range to {
					expect(t, a+" to "+b, nstest.Try(host(a), b), want)
				}
			}
		}
		for _, a := range from {
			expect(t, "an admin to "+a, nstest.Try(admin, a), nstest.OK)
		}
	}
}

func expect(t *testing.T, what string, err error, want string) {
	t.Helper()
	if got := nstest.Outcome(err); got != want {
		t.Errorf("%s: %s (%v), want %s", what, got, err, want)
	}
}

func mustAddr(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func host(address string) string {
	h, _, _ := net.SplitHostPort(address)
	return h
}
