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
	table, err := Parse(text)
	if err != nil {
		t.Fatal(err)
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
			"root is left out by ss -e",
			`LISTEN 0 5 0.0.0.0:3000 0.0.0.0:* ino:1 sk:1`,
			Socket{State: Listen, Local: netip.MustParseAddrPort("0.0.0.0:3000"), User: "0"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(Table{tt.want}, mustParse(t, tt.text), addrs); diff != "" {
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
		{"lsof without -P", "sshd 1 root 3u IPv4 1 0t0 TCP *:ssh (LISTEN)", ErrFormat, "not a number"},
		{"lsof without -n", "sshd 1 root 3u IPv4 1 0t0 TCP localhost:22 (LISTEN)", ErrFormat, "not a number"},
		{"ss without -n", "LISTEN 0 5 0.0.0.0:ssh 0.0.0.0:*", ErrFormat, "not a number"},
		{"cut off", "LISTEN 0 5", ErrFormat, "too few"},
		{"prose after lsof", "COMMAND PID USER\nhello world\n", ErrFormat, "line 2"},
		{"a port too large", "LISTEN 0 5 0.0.0.0:65536 0.0.0.0:*", ErrFormat, "65536"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table, err := Parse(tt.text)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("Parse = %v, %v, want %v that says %q in one line", table, err, tt.want, tt.says)
			}
		})
	}
}

func TestReadHasALimit(t *testing.T) {
	if _, err := Read(endless{}); !errors.Is(err, ErrFormat) {
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
		check := func(table Table, err error) {
			if err != nil && (table != nil || strings.Contains(err.Error(), "\n")) {
				t.Errorf("a table with an error, or an error of many lines: %v, %q", table, err)
			}
			for _, s := range table {
				if s.State == Established && (!s.Local.IsValid() || s.Local.Addr().Zone() != "") || !slices.IsSorted(s.PIDs) {
					t.Errorf("a broken socket: %+v", s)
				}
			}
		}
		check(Parse(text))
		check(ParseLsof(text))
		check(ParseSS(text))
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
