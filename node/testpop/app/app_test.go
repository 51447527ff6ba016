package app_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/internal/proc"
	"github.com/ringmend/ringmend/node/testpop/app"
)

func TestTenProcessesConverge(t *testing.T) {
	client := newClient(t)
	processes := startCluster(t, 10)
	agreed(t, client, processes, 10, 0)
	for _, p := range processes[:3] {
		p.signal(t, syscall.SIGKILL)
	}
	agreed(t, client, processes[3:], 7, 3)
}

// Processes that listen on all interfaces and ask a program for the hosts find each other.
func TestAdvertisedAddressesAndAProgramThatListsHosts(t *testing.T) {
	client := newClient(t)
	addresses := ports.Addresses(t, 3)
	lister := filepath.Join(t.TempDir(), "list-hosts")
	if err := proc.WriteProgram(lister, "#!/bin/sh\necho $1; echo $2; echo $3\n"); err != nil {
		t.Fatal(err)
	}
	var processes []*process
	for _, address := range addresses {
		_, port, _ := net.SplitHostPort(address)
		p := startProcess(t, "-listen=0.0.0.0:"+port, "-advertise=127.0.0.1:0", "-hosts=exec://"+lister+" "+strings.Join(addresses, " "))
		p.address = address
		processes = append(processes, p)
	}
	agreed(t, client, processes, 3, 0)
}

func TestEndsWithSelfEviction(t *testing.T) {
	client := newClient(t)
	for _, s := range []os.Signal{syscall.SIGTERM, syscall.SIGINT} {
		processes := startCluster(t, 3)
		agreed(t, client, processes, 3, 0)
		processes[0].signal(t, s)
		if code := processes[0].exitCode(t); code != 0 {
			t.Errorf("%v: exit code %d\n%s", s, code, processes[0].stderr.String())
		}
		// Sooner than the suspect period, since they were told.
		agreed(t, client, processes[1:], 2, 1)
	}
}

// A node that waits for hosts that never answer ends like any other.
func TestEndsWhileJoining(t *testing.T) {
	addresses := ports.Addresses(t, 2)
	p := startProcess(t, "-listen="+addresses[0], "-hosts="+writeHosts(t, addresses))
	client := newClient(t)
	p.address = addresses[0]
	await.True(t, await.Patience, "it answers", func() bool {
		_, ok := views(t, client, []*process{p})
		return ok
	})
	p.signal(t, syscall.SIGTERM)
	if code := p.exitCode(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.stderr.String())
	}
}

// Main ends with its context, as when it is part of another program.
func TestEndsWithItsContext(t *testing.T) {
	free := ports.Addresses(t, 1)[0]
	ctx, cancel := context.WithCancelCause(t.Context())
	var stderr bytes.Buffer
	code := make(chan int)
	go func() {
		code <- app.Main(ctx, []string{"-listen=" + free, "-hosts=" + writeHosts(t, []string{free})}, &bytes.Buffer{}, &stderr)
	}()
	cancel(errors.New("enough"))
	select {
	case got := <-code:
		if got != 0 {
			t.Errorf("exit code %d", got)
		}
	case <-time.After(await.Patience):
		t.Fatal("does not end")
	}
}

// A node that is bound to an address of its own dials from it.
func TestBindDial(t *testing.T) {
	host, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	_, port, err := net.SplitHostPort(ports.Addresses(t, 1)[0])
	if err != nil {
		t.Fatal(err)
	}
	startProcess(t, "-listen=127.0.0.11:"+port, "-hosts="+writeHosts(t, []string{host.Addr().String()}), "-bind-dial")
	if err := host.(*net.TCPListener).SetDeadline(time.Now().Add(await.Patience)); err != nil {
		t.Fatal(err)
	}
	joining, err := host.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer joining.Close()
	if from, _, _ := net.SplitHostPort(joining.RemoteAddr().String()); from != "127.0.0.11" {
		t.Errorf("it dials from %s", from)
	}
}
