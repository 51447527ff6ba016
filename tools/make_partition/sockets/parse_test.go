package sockets

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func capture(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "captures", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func mustParse(t *testing.T, text string) Table {
	t.Helper()
	table, unread, err := Parse(text)
	if err != nil || len(unread) > 0 {
		t.Fatal(unread, err)
	}
	return table
}

var addrs = cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })

// sorted makes tables comparable that list the same sockets in another order.
func sorted(t Table) Table {
	return slices.SortedFunc(slices.Values(t), func(a, b Socket) int {
		return strings.Compare(fmt.Sprint(a.State, a.Local, a.Remote), fmt.Sprint(b.State, b.Local, b.Remote))
	})
}

// The captures were taken at the same time from the same four plus two nodes, with
// a web server and a client beside them.
func TestAllSourcesSeeTheSameSockets(t *testing.T) {
	want := sorted(mustParse(t, capture(t, "lsof.txt")))
	if len(want) != 25 {
		t.Fatalf("lsof lists %d sockets, want 25", len(want))
	}
	for _, name := range []string{"ss.txt", "ss-header.txt", "ss-e.txt", "ss-all.txt"} {
		t.Run(name, func(t *testing.T) {
			got := sorted(mustParse(t, capture(t, name)))
			if diff := cmp.Diff(want, got, addrs, cmpopts.IgnoreFields(Socket{}, "User")); diff != "" {
				t.Errorf("differs from lsof (-lsof +ss):\n%s", diff)
			}
		})
	}
	t.Run("proc", func(t *testing.T) {
		var got Table
		for _, name := range []string{"proc-tcp.txt", "proc-tcp6.txt"} {
			entries, err := parseProc(capture(t, name))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				got = append(got, e.socket)
			}
		}
		ignore := cmpopts.IgnoreFields(Socket{}, "PIDs", "Command", "User")
		if diff := cmp.Diff(want, sorted(got), addrs, ignore); diff != "" {
			t.Errorf("differs from lsof (-lsof +proc):\n%s", diff)
		}
	})
}

func TestOwners(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       Socket
	}{
		{
			"a process that forked is two lines of lsof",
			"node 64 bob 10u IPv4 1 0t0 TCP *:3000 (LISTEN)\nnode 65 bob 10u IPv4 1 0t0 TCP *:3000 (LISTEN)\n",
			Socket{State: Listen, Local: netip.MustParseAddrPort("0.0.0.0:3000"), PIDs: []int{64, 65}, Command: "node", User: "bob"},
		},
		{
			"and one of ss",
			`LISTEN 0 5 *:3000 *:* users:(("a",pid=65,fd=3),("a",pid=64,fd=3))`,
			Socket{State: Listen, Local: netip.MustParseAddrPort("[::]:3000"), PIDs: []int{64, 65}, Command: "a"},
		},
		{
			"names hold anything",
			`ESTAB 0 5 [::1]:3000 [::1]:4 users:(("tmux: server",pid=7,fd=3)) uid:1000 ino:1 sk:1`,
			Socket{State: Established, Local: netip.MustParseAddrPort("[::1]:3000"), Remote: netip.MustParseAddrPort("[::1]:4"),
				PIDs: []int{7}, Command: "tmux: server", User: "1000"},
		},
		{
			"an owner who cannot be seen is none",
			`SYN-SENT 0 1 127.0.0.53%lo:53 1.2.3.4:80`,
			Socket{State: Connecting, Local: netip.MustParseAddrPort("127.0.0.53:53"), Remote: netip.MustParseAddrPort("1.2.3.4:80")},
		},
		{
			"ss writes the interface behind the brackets",
			`LISTEN 0 5 [fe80::1]%eth0:2222 [::]:*`,
			Socket{State: Listen, Local: netip.MustParseAddrPort("[fe80::1]:2222")},
		},
		{
			"also an alias, and of both ends",
			`ESTAB 0 5 [fe80::1]%eth0:1:2222 [fe80::2]%eth0:1:40000`,
			Socket{State: Established, Local: netip.MustParseAddrPort("[fe80::1]:2222"), Remote: netip.MustParseAddrPort("[fe80::2]:40000")},
		},
		{
			"within the brackets it means the same, as does one of all addresses",
			"LISTEN 0 5 [fe80::1%eth0]:2222 [::]:*\nLISTEN 0 5 *%eth0:2222 *:*",
			Socket{State: Listen, Local: netip.MustParseAddrPort("[fe80::1]:2222")},
		},
		{
			"a line of lsof with an arrow and no state is a connection",
			"node 64 bob 10u IPv4 1 0t0 TCP 127.0.0.1:40000->127.0.0.1:3001\n",
			Socket{State: Established, Local: netip.MustParseAddrPort("127.0.0.1:40000"), Remote: netip.MustParseAddrPort("127.0.0.1:3001"),
				PIDs: []int{64}, Command: "node", User: "bob"},
		},
		{
			"so is one with queues in place of the state, as -T makes them",
			"node 64 bob 10u IPv4 1 0t0 TCP 127.0.0.1:40000->127.0.0.1:3001 (QR=0 QS=0)\n",
			Socket{State: Established, Local: netip.MustParseAddrPort("127.0.0.1:40000"), Remote: netip.MustParseAddrPort("127.0.0.1:3001"),
				PIDs: []int{64}, Command: "node", User: "bob"},
		},
		{
			"and one without an arrow listens",
			"node 64 bob 10u IPv4 1 0t0 TCP 127.0.0.1:3001\n",
			Socket{State: Listen, Local: netip.MustParseAddrPort("127.0.0.1:3001"), PIDs: []int{64}, Command: "node", User: "bob"},
		},
		{
			"a state among other things counts",
			"node 64 bob 10u IPv4 1 0t0 TCP 127.0.0.1:40000->127.0.0.1:3001 (CLOSE_WAIT QR=0 QS=0)\n",
			Socket{State: Other, Local: netip.MustParseAddrPort("127.0.0.1:40000"), Remote: netip.MustParseAddrPort("127.0.0.1:3001"),
				PIDs: []int{64}, Command: "node", User: "bob"},
		},
		{
			"root is left out by ss -e",
			`LISTEN 0 5 0.0.0.0:3000 0.0.0.0:* ino:1 sk:1`,
			Socket{State: Listen, Local: netip.MustParseAddrPort("0.0.0.0:3000"), User: "0"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(Table{tt.want}, mustParse(t, tt.text)[:1], addrs); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestBadInputIsOneClearError(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       error
		says       string
	}{
		{"nothing", "", ErrEmpty, ""},
		{"blank lines", "\n \n", ErrEmpty, ""},
		{"prose", "It was a dark and stormy night.\n", ErrFormat, "dark"},
		{"netstat", "Active Internet connections (servers and established)\n", ErrFormat, "Active"},
		{"bytes", "\x00\xff\xfe", ErrFormat, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table, unread, err := Parse(tt.text)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("Parse = %v, %v, %v, want %v that says %q in one line", table, unread, err, tt.want, tt.says)
			}
		})
	}
}

// A line that is not understood does not spoil those around it.
func TestLinesThatAreNotUnderstoodAreReturned(t *testing.T) {
	const (
		lsof = "COMMAND PID USER\nnode 64 bob 10u IPv4 1 0t0 TCP 127.0.0.1:3000 (LISTEN)\n"
		ss   = "LISTEN 0 5 127.0.0.1:3000 0.0.0.0:*\n"
	)
	for _, tt := range []struct {
		name, before, line string
		says               string
		command            string
		listens            bool
	}{
		{"lsof without -P", lsof, "sshd 1 root 3u IPv4 1 0t0 TCP *:ssh (LISTEN)", "not a number", "sshd", true},
		{"lsof without -n", lsof, "sshd 1 root 3u IPv4 1 0t0 TCP localhost:22 (LISTEN)", "not a number", "sshd", true},
		{"a remote name", lsof, "curl 1 root 3u IPv4 1 0t0 TCP 10.0.0.1:4->x:443 (ESTABLISHED)", "not a number", "curl", false},
		{"ss without -n", ss, "LISTEN 0 5 0.0.0.0:ssh 0.0.0.0:*", "not a number", "", true},
		{"cut off", ss, "LISTEN 0 5", "too few", "", false},
		{"prose after lsof", lsof, "hello world", "hello", "", false},
		{"a port too large", ss, `LISTEN 0 5 0.0.0.0:65536 0.0.0.0:* users:(("x",pid=1,fd=2))`, "65536", "x", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table, unread, err := Parse(tt.before + tt.line + "\n" + tt.before)
			if err != nil || len(table) != 1 || len(unread) != 1 {
				t.Fatalf("Parse = %v, %v, %v; want one socket, and one line that is not understood", table, unread, err)
			}
			u := unread[0]
			if u.Line != strings.Count(tt.before, "\n")+1 || !errors.Is(&u, ErrLine) || !strings.Contains(u.Error(), tt.says) ||
				strings.Contains(u.Error(), "\n") || u.Command != tt.command || u.Listens != tt.listens {
				t.Errorf("got %+v, %v", u, &u)
			}
		})
	}
}

func TestAnUnreadLineNamesPorts(t *testing.T) {
	for _, tt := range []struct {
		line     string
		from, to uint16
		want     bool
	}{
		{"sshd 3000 root 3u IPv4 1 0t0 TCP x:3000 (LISTEN)", 3000, 3000, true},
		{"sshd 3000 root 3u IPv4 3000 0t0 TCP x:3001 (LISTEN)", 3000, 3000, false},
		{"sshd 1 root 3u IPv4 1 0t0 TCP x:3001 (LISTEN)", 3000, 3009, true},
		{"sshd 1 root 3u IPv4 1 0t0 TCP x:30001 (LISTEN)", 3000, 3009, false},
		{"sshd 1 root 3u IPv4 1 0t0 TCP x:4->y:3000 (ESTABLISHED)", 3000, 3000, true},
		{"sshd 1 root 3u IPv4 1 0t0 TCP x:3000->y:4 (ESTABLISHED)", 3000, 3000, true},
		{"LISTEN 0 5 x:ssh 0.0.0.0:* ino:3000 sk:1", 3000, 3000, false},
		{"LISTEN 0 5 [fe80::3000:g]:22 0.0.0.0:*", 3000, 3000, false},
		{"LISTEN 0 :3000", 3000, 3000, true},
	} {
		_, unread, err := Parse(tt.line)
		if err != nil || len(unread) != 1 {
			t.Fatalf("%s: %v, %v", tt.line, unread, err)
		}
		if got := unread[0].Names(tt.from, tt.to); got != tt.want {
			t.Errorf("%s names a port from %d to %d: %v", tt.line, tt.from, tt.to, got)
		}
	}
}

func TestWarningsOfLsofAreNoSockets(t *testing.T) {
	const text = "lsof: WARNING: can't stat() fuse.portal file system /run/user/1000/doc\n      Output information may be incomplete.\n"
	if _, _, err := Parse(text); !errors.Is(err, ErrEmpty) {
		t.Errorf("nothing else: %v", err)
	}
	mustParse(t, text+"node 64 bob 10u IPv4 1 0t0 TCP 127.0.0.1:3000 (LISTEN)\n"+text)
}

func TestReadHasALimit(t *testing.T) {
	if _, _, err := Read(endless{}); !errors.Is(err, ErrFormat) {
		t.Errorf("endless input: %v, want ErrFormat", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, strings.Repeat("x", len(p))), nil }

func TestProcRefusesNonsense(t *testing.T) {
	const good = " 0: 0100007F:0BB8 00000000:0000 0A 0:0 0:0 0 1000 0 667570 2"
	if entries, err := parseProc(good); err != nil || entries[0].inode != 667570 || entries[0].socket.User != "1000" {
		t.Fatalf("parseProc = %v, %v", entries, err)
	}
	for _, bad := range []string{
		"0:", "0: 1 2 3 4 5 6 7 8 9",
		strings.Replace(good, "0100007F", "01000", 1),
		strings.Replace(good, "0BB8", "10BB8", 1),
		strings.Replace(good, "667570", "-1", 1),
		strings.Replace(good, "00000000:0000", "zz000000:0000", 1),
	} {
		if entries, err := parseProc(bad); err == nil {
			t.Errorf("parseProc(%q) = %v, want an error", bad, entries)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"lsof.txt", "ss.txt", "ss-header.txt", "ss-e.txt", "ss-all.txt"} {
		f.Add(capture(f, name))
		for line := range strings.Lines(capture(f, name)) {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		check := func(table Table, unread []Unread, err error) {
			if err != nil && (table != nil || strings.Contains(err.Error(), "\n")) {
				t.Errorf("a table with an error, or an error of many lines: %v, %q", table, err)
			}
			for _, u := range unread {
				if u.Line < 1 || strings.Contains(u.Error(), "\n") || !errors.Is(&u, ErrLine) {
					t.Errorf("a broken error: %+v", u)
				}
				u.Names(1, 65535)
			}
			for _, s := range table {
				if s.State == Established && (!s.Local.IsValid() || s.Local.Addr().Zone() != "") || !slices.IsSorted(s.PIDs) {
					t.Errorf("a broken socket: %+v", s)
				}
			}
		}
		check(Parse(text))
		table, unread := ParseLsof(text)
		check(table, unread, nil)
		table, unread = ParseSS(text)
		check(table, unread, nil)
	})
}

func FuzzParseProc(f *testing.F) {
	f.Add(capture(f, "proc-tcp.txt"))
	f.Add(capture(f, "proc-tcp6.txt"))
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := parseProc(text)
		for _, e := range entries {
			if !e.socket.Local.IsValid() || err != nil {
				t.Errorf("a broken socket: %+v, %v", e.socket, err)
			}
		}
	})
}
