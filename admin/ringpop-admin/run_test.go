package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		programs.remove()
		os.Exit(code)
	}))
}

// fakeNodes is a connection to nodes in memory: the answer to /admin/stats of
// each address, and those to other endpoints, by "endpoint address". Addresses
// without stats refuse connections.
type fakeNodes struct {
	mu      sync.Mutex
	stats   map[string]string
	answers map[string]string
	calls   []string // but those for stats
	closed  bool
}

func (f *fakeNodes) Call(_ context.Context, address, endpoint string, _ []byte) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	stats, up := f.stats[address]
	if up && endpoint == wire.EndpointStats {
		return []byte(stats), nil
	}
	call := endpoint + " " + address
	f.calls = append(f.calls, call)
	if answer, ok := f.answers[call]; ok {
		return []byte(answer), nil
	}
	if up {
		return nil, &tchan.RemoteError{Message: "no such endpoint"}
	}
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

func (f *fakeNodes) Close() error {
	f.closed = true
	return nil
}

func (f *fakeNodes) set(address, stats string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stats[address] = stats
}

// stats is the answer of a node with a membership of alive members.
func stats(checksum uint32, members ...string) string {
	var list []string
	for _, m := range members {
		list = append(list, fmt.Sprintf(`{"address":%q,"status":"alive","incarnationNumber":1}`, m))
	}
	return fmt.Sprintf(`{"membership":{"checksum":%d,"members":[%s]}}`, checksum, strings.Join(list, ","))
}

func pair() *fakeNodes {
	view := stats(42, "127.0.0.1:3000", "127.0.0.1:3001")
	return &fakeNodes{stats: map[string]string{"127.0.0.1:3000": view, "127.0.0.1:3001": view}}
}

// result is what a run of the program left behind.
type result struct {
	Code           int
	Stdout, Stderr string
}

func runWith(t *testing.T, nodes *fakeNodes, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	connected := false
	code := run(t.Context(), args, &stdout, &stderr, func(tchan.Options) (connection, error) {
		connected = true
		return nodes, nil
	})
	if connected != nodes.closed {
		t.Errorf("connected: %v, closed: %v", connected, nodes.closed)
	}
	return result{code, stdout.String(), stderr.String()}
}

var clockTime = regexp.MustCompile(`\d\d:\d\d:\d\d\.\d\d\d`)

func TestCommandsPrintTables(t *testing.T) {
	hosts := filepath.Join(t.TempDir(), "hosts.json")
	if err := os.WriteFile(hosts, []byte(`["127.0.0.1:3001","127.0.0.1:3000"]`), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"partitions", "127.0.0.1:3000"}, `
 TI:ME:OF.DAY   Checksum   # Nodes   # Alive   # Suspect   # Faulty   Sample Host
                42         2         2         0           0          127.0.0.1:3000
`},
		{[]string{"partitions", "-q", "ringpop://127.0.0.1:3001"}, `
    42   2   2   0   0   127.0.0.1:3000
`},
		{[]string{"top", "-R", "file://" + hosts}, `
 Address          P1
 127.0.0.1:3000   alive
 127.0.0.1:3001   alive
`},
		{[]string{"checksums", "127.0.0.1:3000"}, `
 127.0.0.1:3000   42
 127.0.0.1:3001   42
`},
		{[]string{"checksums", "--json", "127.0.0.1:3000"}, `
{"nodes":[{"address":"127.0.0.1:3000","checksum":42},{"address":"127.0.0.1:3001","checksum":42}],"failed":[]}
`},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.args[:2], " "), func(t *testing.T) {
			got := runWith(t, pair(), test.args...)
			got.Stdout = "\n" + clockTime.ReplaceAllString(got.Stdout, "TI:ME:OF.DAY")
			if diff := cmp.Diff(result{0, test.want, ""}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestErrorsAreOneLineAndExitCodeOne(t *testing.T) {
	const loopback = "Ringpop ordinarily does not listen on the loopback interface. Try a different IP address."
	missing := filepath.Join(t.TempDir(), "hosts.json")
	tests := []struct{ args, want string }{
		{"partitions 127.0.0.1:2999", "Failed to connect to ringpop listening on 127.0.0.1:2999. " + loopback},
		{"checksums [::1]:2999", "Failed to connect to ringpop listening on [::1]:2999. " + loopback},
		{"top -R 0.0.0.1:2999", "Failed to connect to ringpop listening on 0.0.0.1:2999."},
		{"checksums 127.0.0.1:3009", "Failed to connect to ringpop listening on 127.0.0.1:3009: bad answer: no list of members"},
		{"partitions localhost:2999", "Expected an ip:port, hostnames are not allowed."},
		{"checksums QWERTY", "Expected an ip:port, hostnames are not allowed."},
		{"partitions", "discoveryUri is required"},
		{"top", "discoveryUri is required"},
		{"checksums", "discoveryUri is required"},
		{"checksums 127.0.0.1:3000 b", "Expected an ip:port, hostnames are not allowed."},
		{"top 127.0.0.1:3000", "this needs a terminal. Use top -R or partitions instead"},
		{"watch 127.0.0.1:3000", "this needs a terminal. Use top -R or partitions instead"},
		{"top --json 127.0.0.1:3000", "top is a screen and has no JSON. Use top -R or partitions instead"},
		{"top -r 99 127.0.0.1:3000", "--refresh-rate must be from 100 to 86400000 milliseconds"},
		{"top -p -1 127.0.0.1:3000", "--page-size must not be less than 0"},
		{"count -m", "discoveryUri is required"},
		{"count 127.0.0.1:3000", "one of hosts, members or partitions is required"},
		{"list 127.0.0.1:3000", "one of hosts or members is required"},
		{"lookup 127.0.0.1:3000", "key is required"},
		{"lookup -k a 127.0.0.1:2999", "Failed to connect to ringpop listening on 127.0.0.1:2999. " + loopback},
		{"dump 127.0.0.1:3000", "file is required"},
		{"dist", "hostport is required"},
		{"dist localhost:3000", "Expected an ip:port, hostnames are not allowed."},
		{"dist --replica-points 0 127.0.0.1:3000", "--replica-points must be from 1 to 10000"},
		{"dist --checksum java 127.0.0.1:3000", `unknown checksum flavour "java": it is go or node`},
		{"collisions 127.0.0.1:3000", "the membership checksum is of no known flavour, so the places on the ring cannot be told. " +
			"If the members had just changed, try again; else give --checksum"},
		{"collisions 127.0.0.1:2999", "Failed to connect to ringpop listening on 127.0.0.1:2999. " + loopback},
		{"heal 127.0.0.1:3000", "calling /admin/healpartition/disco of 127.0.0.1:3000: refused: no such endpoint"},
		{"heal --tries 0 127.0.0.1:3000", "--tries must be at least 1"},
		{"reap 127.0.0.1:3000", "calling /admin/reap of 127.0.0.1:3000: refused: no such endpoint"},
		{"leave", "address is required"},
		{"join a b", "one address is expected, not 2"},
		{"leave localhost:3000", "Expected an ip:port, hostnames are not allowed."},
		{"leave 127.0.0.1:2999", "Failed to connect to ringpop listening on 127.0.0.1:2999. " + loopback},
		{"join 127.0.0.1:3000", "calling /admin/member/join of 127.0.0.1:3000: refused: no such endpoint"},
		{"diff 127.0.0.1:3000", "two addresses are expected, not 1"},
		{"diff 127.0.0.1:3000 127.0.0.1:2999", "Failed to connect to ringpop listening on 127.0.0.1:2999. " + loopback},
		{"explain", "address is required"},
		{"explain x", "Expected an ip:port, hostnames are not allowed."},
		{"wait 127.0.0.1:3000", "--converged or --members is required"},
		{"wait --members -1 127.0.0.1:3000", "--members must not be less than 0"},
		{"wait --converged --timeout 0s 127.0.0.1:3000", "--timeout must be more than 0"},
		{"wait --converged file://" + missing, "reading the hosts file: open " + missing + ": no such file or directory"},
		{"wait --members 3 --timeout 500ms 127.0.0.1:3000", "waited 500ms: not converged: 2 members are alive, not 3"},
		{"checksums hyperbahn:///ringpop", `unknown scheme in discovery URI "hyperbahn:///ringpop", ringpop:// and file:// are known`},
		{"checksums file://" + missing, "reading the hosts file: open " + missing + ": no such file or directory"},
		{"partitions -w 0 127.0.0.1:3000", `invalid argument "0" for "-w, --wait" flag: expected a number of seconds from 0.1 to 86400`},
		{"partitions -w -1 127.0.0.1:3000", `invalid argument "-1" for "-w, --wait" flag: expected a number of seconds from 0.1 to 86400`},
		{"partitions -w NaN 127.0.0.1:3000", `invalid argument "NaN" for "-w, --wait" flag: expected a number of seconds from 0.1 to 86400`},
		{"partitions --timeout 0s 127.0.0.1:3000", "--timeout must be more than 0"},
		{"partitions --concurrency 0 127.0.0.1:3000", "--concurrency must be from 1 to 1024"},
		{"partitions --concurrency 1025 127.0.0.1:3000", "--concurrency must be from 1 to 1024"},
		{"partitions --nonsense 127.0.0.1:3000", "unknown flag: --nonsense"},
		{"nonsense 127.0.0.1:3000", `unknown command "nonsense" for "ringpop-admin"`},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			nodes := pair()
			nodes.set("127.0.0.1:3009", "null")
			got := runWith(t, nodes, strings.Fields(test.args)...)
			if diff := cmp.Diff(result{1, "", "Error: " + test.want + "\n"}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNoneOfManyHostsAnswers(t *testing.T) {
	hosts := filepath.Join(t.TempDir(), "hosts.json")
	if err := os.WriteFile(hosts, []byte(`["127.0.0.1:4001","127.0.0.1:4000"]`), 0o600); err != nil {
		t.Fatal(err)
	}
	const want = `Error: None of the 2 hosts answered.
 127.0.0.1:4000   connection refused
 127.0.0.1:4001   connection refused
`
	got := runWith(t, pair(), "checksums", "file://"+hosts)
	if diff := cmp.Diff(result{1, "", want}, got); diff != "" {
		t.Error(diff)
	}
}

func TestPartlyReachableClusterIsShown(t *testing.T) {
	nodes := pair()
	nodes.set("127.0.0.1:3000", stats(42, "127.0.0.1:3000", "127.0.0.1:3002"))
	got := runWith(t, nodes, "checksums", "127.0.0.1:3000")
	want := result{0, " 127.0.0.1:3000   42\n", "Failed to connect to 1 nodes.\n 127.0.0.1:3002   connection refused\n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {}, {"help", "partitions"}} {
		got := runWith(t, pair(), args...)
		if got.Code != 0 || !strings.Contains(got.Stdout, "DISCOVERY_URI") {
			t.Errorf("%q: %v", args, got)
		}
	}
	for _, flag := range []string{"--version", "-V"} {
		if got := runWith(t, pair(), flag); got.Code != 0 || !strings.HasPrefix(got.Stdout, "ringpop-admin version ") {
			t.Errorf("%s: %v", flag, got)
		}
	}
}

func TestErrorOfConnecting(t *testing.T) {
	var stderr bytes.Buffer
	code := run(t.Context(), []string{"checksums", "127.0.0.1:3000"}, io.Discard, &stderr, func(tchan.Options) (connection, error) {
		return nil, errors.New("no sockets left")
	})
	if code != 1 || stderr.String() != "Error: no sockets left\n" {
		t.Errorf("%d, %q", code, stderr.String())
	}
}
