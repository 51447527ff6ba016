package app_test

import (
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/ports"
)

// A service of systemd is ready when the node has joined, and stops with a farewell.
func TestSystemdIsNotified(t *testing.T) {
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", socket.LocalAddr().String())
	said := func() string {
		t.Helper()
		if err := socket.SetReadDeadline(time.Now().Add(await.Patience)); err != nil {
			t.Fatal(err)
		}
		packet := make([]byte, 100)
		n, err := socket.Read(packet)
		if err != nil {
			t.Fatal(err)
		}
		return string(packet[:n])
	}
	free := ports.Addresses(t, 1)
	p := startProcess(t, "-listen="+free[0], "-hosts="+writeHosts(t, free))
	if got := said(); got != "READY=1" {
		t.Errorf("notified of %q", got)
	}
	p.signal(t, syscall.SIGTERM)
	if got := said(); got != "STOPPING=1" {
		t.Errorf("notified of %q", got)
	}
	if code := p.exitCode(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.said())
	}
}
