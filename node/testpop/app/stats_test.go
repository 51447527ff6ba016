package app_test

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/ports"
)

// A collector of metrics that cannot be found yet is no reason not to start.
func TestANodeStartsWithoutItsCollector(t *testing.T) {
	free := ports.Addresses(t, 1)
	p := startProcess(t, "-listen="+free[0], "-hosts="+writeHosts(t, free), "-stats-udp=statsd.invalid:8125")
	p.address = free[0]
	agreed(t, newClient(t), []*process{p}, 1, 0)
	await.True(t, time.Minute, "a warning", func() bool { return strings.Contains(p.said(), "level=WARN msg=\"no metrics are sent") })
	p.signal(t, syscall.SIGTERM)
	if code := p.exitCode(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.said())
	}
	if n := strings.Count(p.said(), "no metrics are sent"); n != 1 {
		t.Errorf("warned %d times:\n%s", n, p.said())
	}
}

func TestAStatsFileGrowsAndItsLossIsAnError(t *testing.T) {
	addresses := ports.Addresses(t, 2)
	hosts := writeHosts(t, addresses)
	file := filepath.Join(t.TempDir(), "stats")
	writes := startProcess(t, "-listen="+addresses[0], "-hosts="+hosts, "-stats-file="+file)
	cannot := startProcess(t, "-listen="+addresses[1], "-hosts="+hosts, "-stats-file=/dev/full")
	await.Until(t, time.Minute, func() string {
		written, err := os.ReadFile(file)
		switch {
		case err != nil:
			return err.Error()
		case len(written) == 0:
			return "nothing is written while it runs"
		case !bytes.HasSuffix(written, []byte("\n")):
			t.Fatalf("half a line: %q", written[max(0, len(written)-100):])
		}
		return ""
	})
	await.True(t, time.Minute, "a warning", func() bool { return strings.Contains(cannot.said(), "the stats file cannot be written") })
	for p, want := range map[*process]int{writes: 0, cannot: 1} {
		p.signal(t, syscall.SIGTERM)
		if code := p.exitCode(t); code != want {
			t.Errorf("exit code %d, want %d\n%s", code, want, p.said())
		}
	}
	if !strings.Contains(cannot.said(), "testpop: stats file: write /dev/full: no space left on device\n") {
		t.Errorf("it says\n%s", cannot.said())
	}
}

// The metrics of ringpop-go's testpop come under the same names.
func TestStats(t *testing.T) {
	collector, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer collector.Close()
	file := filepath.Join(t.TempDir(), "stats")
	addresses := ports.Addresses(t, 2)
	hosts := writeHosts(t, addresses)
	var processes []*process
	for i, stats := range []string{"-stats-file=" + file, "-stats-udp=" + collector.LocalAddr().String()} {
		p := startProcess(t, "-listen="+addresses[i], "-hosts="+hosts, stats)
		p.address = addresses[i]
		processes = append(processes, p)
	}
	agreed(t, newClient(t), processes, 2, 0)

	prefix := "ringpop." + strings.NewReplacer(".", "_", ":", "_").Replace(addresses[1])
	wanted := []string{prefix + ".ping.send:1|c", prefix + ".ping.recv:1|c", prefix + ".checksum:"}
	var got strings.Builder
	packet := make([]byte, 64<<10)
	if err := collector.SetReadDeadline(time.Now().Add(await.Patience)); err != nil {
		t.Fatal(err)
	}
	for slices.ContainsFunc(wanted, func(w string) bool { return !strings.Contains(got.String(), w) }) {
		n, _, err := collector.ReadFrom(packet)
		if err != nil {
			t.Fatalf("%v; so far: %.2000s", err, got.String())
		}
		got.Write(packet[:n])
	}
	processes[0].signal(t, syscall.SIGTERM)
	processes[0].exitCode(t)
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\dT[0-9:.]+Z: ringpop\.127_0_0_1_\d+\.membership-set\.alive:1\|c$`)
	if !line.Match(written) {
		t.Errorf("%s holds no line for a member: %.1000s", file, written)
	}
}
