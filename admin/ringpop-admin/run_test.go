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

	"github.com/ringmend/ringmend/internal/version"
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
	switch {
	case up && endpoint == wire.EndpointStats:
		return []byte(stats), nil
	case endpoint == wire.EndpointStats:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
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
	p := &program{stdout: &stdout, stderr: &stderr, connect: func(tchan.Options) (connection, error) {
		connected = true
		return nodes, nil
	}}
	code := p.run(t.Context(), args)
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
A cluster of 2 nodes that agree: 2 up.
 Address          P1
 127.0.0.1:3000   alive
 127.0.0.1:3001   alive
`},
		{[]string{"checksums", "localhost:3000"}, `
 127.0.0.1:3000   42
 127.0.0.1:3001   42
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

func TestErrorsAreOneLine(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "hosts.json")
	tests := []struct {
		args string
		code int
		want string
	}{
		{"partitions 127.0.0.1:2999", 1, "Failed to connect to ringpop listening on 127.0.0.1:2999."},
		{"checksums [::1]:2999", 1, "Failed to connect to ringpop listening on [::1]:2999."},
		{"top -R 0.0.0.1:2999", 1, "Failed to connect to ringpop listening on 0.0.0.1:2999."},
		{"checksums 127.0.0.1:3009", 1, "Failed to connect to ringpop listening on 127.0.0.1:3009: bad answer: no list of members"},
		{"checksums QWERTY", 2, "Expected an ip:port, hostnames are not allowed without a port."},
		{"partitions", 2, "discoveryUri is required"},
		{"top", 2, "discoveryUri is required"},
		{"checksums", 2, "discoveryUri is required"},
		{"checksums 127.0.0.1:3000 b", 2, "Expected an ip:port, hostnames are not allowed without a port."},
		{"top 127.0.0.1:3000", 1, "this needs a terminal. Use top -R or partitions instead"},
		{"watch 127.0.0.1:3000", 1, "this needs a terminal. Use top -R or partitions instead"},
		{"top --json 127.0.0.1:3000", 2, "top is a screen and has no JSON. Use top -R or partitions instead"},
		{"top -r 99 127.0.0.1:3000", 2, "--refresh-rate must be from 100 to 86400000 milliseconds"},
		{"top -p -1 127.0.0.1:3000", 2, "--page-size must not be less than 0"},
		{"count -m", 2, "discoveryUri is required"},
		{"count 127.0.0.1:3000", 2, "one of hosts, members or partitions is required"},
		{"list 127.0.0.1:3000", 2, "one of hosts or members is required"},
		{"lookup 127.0.0.1:3000", 2, "key is required"},
		{"lookup -k a 127.0.0.1:2999", 1, "Failed to connect to ringpop listening on 127.0.0.1:2999."},
		{"dump 127.0.0.1:3000", 2, "file is required"},
		{"dist", 2, "hostport is required"},
		{"dist localhost", 2, "Expected an ip:port, hostnames are not allowed without a port."},
		{"dist --replica-points 0 127.0.0.1:3000", 2, "--replica-points must be from 1 to 10000"},
		{"dist --checksum java 127.0.0.1:3000", 2, `unknown checksum flavour "java": it is go or node`},
		{"collisions 127.0.0.1:3000", 1, "the membership checksum is of no known flavour, so the places on the ring cannot be told. " +
			"If the members had just changed, try again; else give --checksum"},
		{"collisions 127.0.0.1:2999", 1, "Failed to connect to ringpop listening on 127.0.0.1:2999."},
		{"heal 127.0.0.1:3000", 1, "calling /admin/healpartition/disco of 127.0.0.1:3000: refused: no such endpoint"},
		{"heal --tries 0 127.0.0.1:3000", 2, "--tries must be at least 1"},
		{"reap 127.0.0.1:3000", 1, "calling /admin/reap of 127.0.0.1:3000: refused: no such endpoint"},
		{"leave", 2, "address is required"},
		{"join a b", 2, "one address is expected, not 2"},
		{"leave localhost", 2, "Expected an ip:port, hostnames are not allowed without a port."},
		{"leave 127.0.0.1:2999", 1, "Failed to connect to ringpop listening on 127.0.0.1:2999."},
		{"join 127.0.0.1:3000", 1, "calling /admin/member/join of 127.0.0.1:3000: refused: no such endpoint"},
		{"diff 127.0.0.1:3000", 2, "two addresses are expected, not 1"},
		{"diff 127.0.0.1:3000 127.0.0.1:2999", 1, "Failed to connect to ringpop listening on 127.0.0.1:2999."},
		{"explain", 2, "address is required"},
		{"explain x", 2, "Expected an ip:port, hostnames are not allowed without a port."},
		{"wait 127.0.0.1:3000", 2, "--converged or --members is required"},
		{"wait --members -1 127.0.0.1:3000", 2, "--members must not be less than 0"},
		{"wait --converged --timeout 0s 127.0.0.1:3000", 2, "--timeout must be more than 0"},
		{"wait --converged file://" + missing, 1, "reading the hosts file: open " + missing + ": no such file or directory"},
		{"wait --members 3 --timeout 500ms 127.0.0.1:3000", 1, "waited 500ms: not converged: 2 members are alive, not 3"},
		{"checksums hyperbahn:///ringpop", 2, `unknown scheme in discovery URI "hyperbahn:///ringpop", ringpop:// and file:// are known`},
		{"checksums file://" + missing, 1, "reading the hosts file: open " + missing + ": no such file or directory"},
		{"partitions -w 0 127.0.0.1:3000", 2, `invalid argument "0" for "-w, --wait" flag: expected a number of seconds from 0.1 to 86400`},
		{"partitions -w -1 127.0.0.1:3000", 2, `invalid argument "-1" for "-w, --wait" flag: expected a number of seconds from 0.1 to 86400`},
		{"partitions -w NaN 127.0.0.1:3000", 2, `invalid argument "NaN" for "-w, --wait" flag: expected a number of seconds from 0.1 to 86400`},
		{"partitions --timeout 0s 127.0.0.1:3000", 2, "--timeout must be more than 0"},
		{"partitions --concurrency 0 127.0.0.1:3000", 2, "--concurrency must be from 1 to 1024"},
		{"partitions --concurrency 1025 127.0.0.1:3000", 2, "--concurrency must be from 1 to 1024"},
		{"partitions --nonsense 127.0.0.1:3000", 2, "unknown flag: --nonsense"},
		{"help nonsense", 2, `unknown command "nonsense" for "ringpop-admin"`},
		{"nonsense 127.0.0.1:3000", 2, `unknown command "nonsense" for "ringpop-admin"`},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			nodes := pair()
			nodes.set("127.0.0.1:3009", "null")
			got := runWith(t, nodes, strings.Fields(test.args)...)
			if diff := cmp.Diff(result{test.code, "", "Error: " + test.want + "\n"}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The hint at other interfaces is given only when something listens there.
func TestTheHintAtOtherAddresses(t *testing.T) {
	const failed = "Error: Failed to connect to ringpop listening on "
	tests := []struct{ args, elsewhere, want string }{
		{"status 127.0.0.1:2999", "10.1.2.3:2999", failed + "127.0.0.1:2999. Ringpop ordinarily does not listen on the loopback interface. " +
			"Try a different IP address. Something listens on 10.1.2.3:2999.\n"},
		{"leave [::1]:2999", "10.1.2.3:2999", failed + "[::1]:2999. Ringpop ordinarily does not listen on the loopback interface. " +
			"Try a different IP address. Something listens on 10.1.2.3:2999.\n"},
		{"status 127.0.0.1:2999", "", failed + "127.0.0.1:2999.\n"},
		{"status 10.0.0.1:2999", "10.1.2.3:2999", failed + "10.0.0.1:2999.\n"},
	}
	for _, test := range tests {
		var stderr strings.Builder
		p := &program{
			stdout: io.Discard, stderr: &stderr,
			connect:   func(tchan.Options) (connection, error) { return pair(), nil },
			elsewhere: func(wire.Address) string { return test.elsewhere },
		}
		if code := p.run(t.Context(), strings.Fields(test.args)); code != 1 || stderr.String() != test.want {
			t.Errorf("%s: %d, %s", test.args, code, stderr.String())
		}
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
	for flag, want := range map[string]string{
		"-V": version.Current() + "\n", "--version": version.Full("ringpop-admin"), "version": version.Full("ringpop-admin"),
	} {
		if got := runWith(t, pair(), flag); got != (result{0, want, ""}) {
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
