package main

import (
	"encoding/json"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/node/wire"
	"github.com/ringmend/ringmend/tick-cluster/internal/cluster"
)

func TestPlacesAreConsecutivePorts(t *testing.T) {
	got := places(options{size: 2, port: 3009, host: netip.MustParseAddr("127.0.0.1")})
	want := []cluster.Node{{Name: "3009", Address: "127.0.0.1:3009"}, {Name: "3010", Address: "127.0.0.1:3010"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, n := range places(options{size: 2, port: 65534, host: netip.MustParseAddr("::1")}) {
		if _, err := wire.ParseAddress(n.Address); err != nil {
			t.Error(err)
		}
	}
}

func TestPlacesOnLoopbackHaveAnAddressEach(t *testing.T) {
	for network, want := range map[string][]string{
		"127.0.0.0": {"127.0.0.11:3000", "127.0.0.12:3000", "127.0.0.110:3000", "127.0.1.0:3000", "127.0.3.242:3000"},
		"fd00::":    {"[fd00::11]:3000", "[fd00::12]:3000", "[fd00::110]:3000", "[fd00::256]:3000", "[fd00::1010]:3000"},
	} {
		all := places(options{size: maxSize, port: 3000, host: netip.MustParseAddr(network), loopback: true})
		var got []string
		for _, i := range []int{0, 1, 99, 245, maxSize - 1} {
			got = append(got, all[i].Address)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if all[0].Name != "11" || all[maxSize-1].Name != "1010" {
			t.Errorf("names %s to %s, want 11 to 1010", all[0].Name, all[maxSize-1].Name)
		}
	}
}

func TestThePortsMustBeFree(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().(*net.TCPAddr).AddrPort()
	o := options{size: 1, port: int(address.Port()), host: address.Addr()}
	err = checkFree(places(o))
	if want := "port " + places(o)[0].Name + " is in use"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	l.Close()
	if err := checkFree(places(o)); err != nil {
		t.Error(err)
	}
	o.host = netip.MustParseAddr("192.0.2.1") // for documentation, so of no machine
	if err := checkFree(places(o)); err == nil || !strings.HasPrefix(err.Error(), "cannot listen on 192.0.2.1:") || !strings.HasSuffix(err.Error(), "no such address") {
		t.Errorf("got %v for an address of another machine", err)
	}
}

func TestTheHostsFileIsReplaced(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile(hostsFile, []byte(strings.Repeat("old", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeHosts(places(options{size: 2, port: 3000, host: netip.MustParseAddr("127.0.0.1")})); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(hostsFile)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"127.0.0.1:3000", "127.0.0.1:3001"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	files, err := os.ReadDir(".")
	if err != nil || len(files) != 1 {
		t.Errorf("files %v, error %v; want hosts.json only", files, err)
	}
}

func TestAHostsFileThatCannotBeReplaced(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir(hostsFile, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := writeHosts(nil); err == nil || !strings.HasPrefix(err.Error(), "writing hosts.json: ") {
		t.Errorf("got %v", err)
	}
	if files, _ := os.ReadDir("."); len(files) != 1 {
		t.Errorf("files %v, want no leftovers", files)
	}
}
