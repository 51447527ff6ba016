package admin

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/node/wire"
)

func TestDiscoveryOfANode(t *testing.T) {
	tests := []struct {
		uri  string
		want wire.Address
	}{
		{"127.0.0.1:3000", "127.0.0.1:3000"},
		{"ringpop://127.0.0.1:3000", "127.0.0.1:3000"},
		{"[::1]:3000", "[::1]:3000"},
		{"ringpop://[0:0:0:0:0:0:0:1]:03000", "[::1]:3000"},
		{"0.0.0.1:2999", "0.0.0.1:2999"},
		{"localhost:3000", "localhost:3000"},
		{"ringpop://Node_1.example.org:3000", "Node_1.example.org:3000"},
	}
	for _, test := range tests {
		d, err := ParseDiscovery(test.uri)
		if err != nil {
			t.Errorf("%s: %v", test.uri, err)
			continue
		}
		got, err := d.Hosts()
		if err != nil {
			t.Errorf("%s: %v", test.uri, err)
		}
		if diff := cmp.Diff([]wire.Address{test.want}, got); diff != "" {
			t.Errorf("%s: %s", test.uri, diff)
		}
	}
}

func TestDiscoveryRefuses(t *testing.T) {
	tests := []struct {
		uri  string
		want error // nil for errors without a name
	}{
		{"", ErrNoURI},
		{"QWERTY", ErrNotIPPort},
		{"localhost", ErrNotIPPort},
		{"localhost:", ErrNotIPPort},
		{"local host:3000", ErrNotIPPort},
		{"127.0.0.1.1:3000", ErrNotIPPort},
		{"ringpop://", ErrNotIPPort},
		{"127.0.0.1", ErrNotIPPort},
		{"127.0.0.1:0", ErrNotIPPort},
		{"127.0.0.1:65536", ErrNotIPPort},
		{"::1:3000", ErrNotIPPort},
		{"[fe80::1%eth0]:3000", ErrNotIPPort},
		{"127.0.0.1:3000/", ErrNotIPPort},
		{"file://", nil},
		{"hyperbahn:///ringpop", nil},
	}
	for _, test := range tests {
		_, err := ParseDiscovery(test.uri)
		if err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%q: got %v, want %v", test.uri, err, test.want)
		}
	}
}

func TestDiscoveryByFile(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(text string) {
		if err := os.WriteFile("hosts.json", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`["127.0.0.1:3001", "127.0.0.1:3000", "127.0.0.1:3001", "[::1]:3000", "node-1.example:3000"]`)
	want := []wire.Address{"127.0.0.1:3001", "127.0.0.1:3000", "[::1]:3000", "node-1.example:3000"}
	absolute, err := filepath.Abs("hosts.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, uri := range []string{"file://hosts.json", "file://./hosts.json", "file://" + absolute} {
		d, err := ParseDiscovery(uri)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Hosts()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", uri, diff)
		}
	}

	d, err := ParseDiscovery("file://hosts.json")
	if err != nil {
		t.Fatal(err)
	}
	write("\uFEFF" + `["127.0.0.1:4000"]`)
	if got, err := d.Hosts(); err != nil || !cmp.Equal(got, []wire.Address{"127.0.0.1:4000"}) {
		t.Errorf("a file that changed: got %v, %v", got, err)
	}
}

func TestDiscoveryRefusesBadFiles(t *testing.T) {
	for _, text := range []string{
		``, `null`, `[]`, `{}`, `"127.0.0.1:3000"`, `[1]`, `["localhost"]`, `["127.0.0.1:3000"`, `["127.0.0.1:3000"] x`,
		`["` + strings.Repeat("a", 300) + `:3000"]`,
		`["127.0.0.1:3000"` + strings.Repeat(`,"127.0.0.1:3000"`, wire.MaxChanges) + `]`,
		strings.Repeat(" ", wire.MaxBody) + `["127.0.0.1:3000"]`,
	} {
		path := filepath.Join(t.TempDir(), "hosts.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := ParseDiscovery("file://" + path)
		if err != nil {
			t.Fatal(err)
		}
		if hosts, err := d.Hosts(); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%.40q: got %v, %v, want an error that names the file", text, hosts, err)
		}
	}
	d, err := ParseDiscovery("file://" + filepath.Join(t.TempDir(), "missing.json"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Hosts(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func TestDiscoveriesAreAskedInOrderAndOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts.json")
	if err := os.WriteFile(file, []byte(`["127.0.0.1:3001","127.0.0.1:3000"]`), 0o600); err != nil {
		t.Fatal(err)
	}
	where, err := ParseDiscoveries([]string{"127.0.0.1:3000", "file://" + file, "ringpop://[::1]:3000"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := where.Hosts()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]wire.Address{"127.0.0.1:3000", "127.0.0.1:3001", "[::1]:3000"}, got); diff != "" {
		t.Error(diff)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := where.Hosts(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is gone: %v", err)
	}
	if _, err := ParseDiscoveries(nil); !errors.Is(err, ErrNoURI) {
		t.Errorf("nothing: %v", err)
	}
	if _, err := ParseDiscoveries([]string{"127.0.0.1:3000", "x"}); !errors.Is(err, ErrNotIPPort) {
		t.Errorf("a bad one: %v", err)
	}
}

func FuzzParseDiscovery(f *testing.F) {
	for _, uri := range []string{
		"", "127.0.0.1:3000", "ringpop://[::1]:3000", "file://./hosts.json", "file://", "http://x", "[fe80::1%a]:1",
		"[::ffff:1.2.3.4]:1", "1.2.3.4:+1", "://", "\x00:1",
	} {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		d, err := ParseDiscovery(uri)
		if err != nil || d.file != "" {
			return
		}
		hosts, err := d.Hosts()
		if err != nil || len(hosts) != 1 {
			t.Fatalf("%q: %v, %v", uri, hosts, err)
		}
		again, err := ParseDiscovery(string(hosts[0]))
		if err != nil || again != d {
			t.Errorf("%q is %q, which is %q, %v", uri, hosts[0], again.node, err)
		}
	})
}

func FuzzParseHosts(f *testing.F) {
	for _, text := range []string{`["127.0.0.1:3000"]`, `["a:1","a:1"]`, `[]`, `null`, `[null]`, `{"a":1}`, `["[::1]:1"]`, `["\u0000:1"]`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		hosts, err := parseHosts(data)
		if err != nil {
			return
		}
		seen := map[wire.Address]bool{}
		for _, h := range hosts {
			if _, err := wire.ParseAddress(string(h)); err != nil {
				t.Errorf("%q: %v", data, err)
			}
			if seen[h] {
				t.Errorf("%q: %s twice", data, h)
			}
			seen[h] = true
		}
		if len(hosts) == 0 {
			t.Errorf("%q: no hosts and no error", data)
		}
	})
}
