package host

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ringmend/ringmend/lab/link"
)

const ms = time.Millisecond

func network(t *testing.T, hosts int, p link.Profile) *Network {
	t.Helper()
	links := link.New(hosts, 1)
	names := make([]string, hosts)
	for a := range hosts {
		names[a] = string(rune('a' + a))
		for b := range hosts {
			if err := links.SetProfile(a, b, p); err != nil {
				t.Fatal(err)
			}
		}
	}
	n, err := NewNetwork(names, links)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	return n
}

// listen listens on a host: the socket is made in its namespace.
func listen(t *testing.T, h *Host) (address string) {
	t.Helper()
	l, err := inNamespace(h, func() (net.Listener, error) { return net.Listen("tcp", h.Address.String()+":0") })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}

func TestDelay(t *testing.T) {
	n := network(t, 2, link.Profile{Delay: 20 * ms})
	c, err := n.Hosts[0].Dial(t.Context(), "tcp", listen(t, n.Hosts[1]))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var trips []time.Duration
	for range 10 {
		began := time.Now()
		if _, err := c.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		trips = append(trips, time.Since(began))
	}
	// Nothing is early. How late things are is the machine's business.
	if got := slices.Min(trips); got < 40*ms {
		t.Errorf("a round trip over 20 ms takes %v", got)
	}
	t.Logf("round trips over 20 ms: %v to %v", slices.Min(trips), slices.Max(trips))
}

func TestMuchArrivesWhole(t *testing.T) {
	n := network(t, 2, link.Profile{Delay: ms, Loss: 0.01})
	c, err := n.Hosts[0].Dial(t.Context(), "tcp", listen(t, n.Hosts[1]))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	sent := bytes.Repeat([]byte("ringmend"), 1<<16)
	go func() { _, _ = c.Write(sent) }()
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%v", err)
	}
}

func TestCuts(t *testing.T) {
	n := network(t, 3, link.Profile{})
	address := listen(t, n.Hosts[1])
	dial := func(from int) error {
		ctx, cancel := context.WithTimeout(t.Context(), 300*ms)
		defer cancel()
		c, err := n.Hosts[from].Dial(ctx, "tcp", address)
		if err == nil {
			c.Close()
		}
		return err
	}
	cut := func(kind link.Kind, links []link.Link) {
		n.With(func(l *link.Network) {
			if err := l.Cut("x", kind, links); err != nil {
				t.Error(err)
			}
		})
	}
	if err := dial(0); err != nil {
		t.Error(err)
	}
	for _, links := range [][]link.Link{{{From: 0, To: 1}}, {{From: 1, To: 0}}} {
		cut(link.Drop, links)
		if err := dial(0); err == nil {
			t.Errorf("a connection over a link that is cut one way: %v", links)
		}
		if err := dial(2); err != nil {
			t.Error("the third host:", err)
		}
	}
	cut(link.Reset, []link.Link{{From: 0, To: 1}})
	if err := dial(0); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a cut that resets: %v", err)
	}
	n.With(func(l *link.Network) { l.Mend("x") })
	if err := dial(0); err != nil {
		t.Error("mended:", err)
	}
}

func TestProgramsSeeTheirHostOnly(t *testing.T) {
	n := network(t, 2, link.Profile{})
	var out bytes.Buffer
	cmd := exec.Command("cat", "/proc/net/dev")
	cmd.Stdout = &out
	if err := n.Hosts[0].Start(cmd); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if devices := strings.Count(out.String(), ":"); devices != 2 || !strings.Contains(out.String(), deviceName+":") {
		t.Errorf("%d devices:\n%s", devices, out.String())
	}
}

func TestADiskInMemoryIsAsSmallAsTold(t *testing.T) {
	dir := t.TempDir()
	if err := MountMemory(dir, 1<<20); err != nil {
		t.Fatal(err)
	}
	if free, err := Free(dir); err != nil || free > 1<<20 || free < 1<<19 {
		t.Errorf("%d bytes are free, %v", free, err)
	}
	if err := Unmount(dir); err != nil {
		t.Error(err)
	}
}
