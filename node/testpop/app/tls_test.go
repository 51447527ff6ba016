package app_test

import (
	"context"
	"strings"
	"syscall"
	"testing"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/certtest"
	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/node/certs"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// A cluster changes over from plain connections to TLS, one restart at a time, and is
// whole after each.
func TestAClusterChangesOverToTLS(t *testing.T) {
	authority := certtest.New(t)
	files := authority.Files("127.0.0.1")
	store, err := certs.Open(certs.Files{Cert: files.Cert, Key: files.Key, CA: files.CA})
	if err != nil {
		t.Fatal(err)
	}
	client, err := tchan.New(tchan.Options{TLS: store.TLS(tchan.TLSAccept)})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

	addresses := ports.Addresses(t, 3)
	hosts := writeHosts(t, addresses)
	start := func(i int, mode string) *process {
		p := startProcess(t, "-listen="+addresses[i], "-hosts="+hosts, "-tls-mode="+mode,
			"-tls-cert="+files.Cert, "-tls-key="+files.Key, "-tls-ca="+files.CA)
		p.address = addresses[i]
		return p
	}
	var processes []*process
	for i := range addresses {
		processes = append(processes, start(i, "off"))
	}
	agreed(t, client, processes, 3, 0)
	for _, mode := range []string{"accept", "require"} {
		for i := range addresses {
			processes[i].signal(t, syscall.SIGTERM)
			processes[i].exitCode(t)
			processes[i] = start(i, mode)
			agreed(t, client, processes, 3, 0)
		}
	}
	plain := newClient(t)
	ctx, cancel := context.WithTimeout(t.Context(), await.Patience)
	defer cancel()
	if _, err := plain.Call(ctx, addresses[0], wire.EndpointStats, []byte("null")); err == nil || !strings.Contains(err.Error(), "requires TLS") {
		t.Errorf("a plain call in the end: %v", err)
	}
}

// Orders are taken from this machine only, unless others are named; looking is always
// allowed.
func TestOrdersComeFromThisMachine(t *testing.T) {
	client := newClient(t)
	for _, test := range []struct {
		args    []string
		refused bool
	}{
		{nil, false},
		{[]string{"-admin-from=anywhere"}, false},
		{[]string{"-admin-from=10.0.0.0/8,fd00::/8"}, true},
	} {
		free := ports.Addresses(t, 1)
		p := startProcess(t, append([]string{"-listen=" + free[0], "-hosts=" + writeHosts(t, free)}, test.args...)...)
		p.address = free[0]
		agreed(t, client, []*process{p}, 1, 0)
		ctx, cancel := context.WithTimeout(t.Context(), await.Patience)
		_, err := client.Call(ctx, free[0], wire.EndpointMemberLeave, []byte("null"))
		cancel()
		if refused := err != nil && strings.Contains(err.Error(), "not allowed from this address: 127.0.0.1"); refused != test.refused {
			t.Errorf("%v: %v", test.args, err)
		}
	}
}
