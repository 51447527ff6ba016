package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/testpop/app"
	"github.com/ringmend/ringmend/node/wire"
)

// The test binary is testpop when this variable is set.
const beTestpop = "RINGMEND_TEST_BE_TESTPOP"

func TestMain(m *testing.M) {
	if os.Getenv(beTestpop) != "" {
		os.Exit(app.Main(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// process is a running testpop.
type process struct {
	cmd     *exec.Cmd
	address string
	stderr  await.Buffer
	ended   chan struct{}
}

func (p *process) said() string { return p.stderr.String() }

func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0], args...), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), beTestpop+"=1")
	p.cmd.Stderr = &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// exitCode waits for the end of the process.
func (p *process) exitCode(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(await.Patience):
		t.Fatalf("does not end:\n%s", p.stderr.String())
		return 0
	}
}

func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func writeHosts(t *testing.T, hosts any) string {
	t.Helper()
	data, ok := hosts.(string)
	if !ok {
		encoded, err := json.Marshal(hosts)
		if err != nil {
			t.Fatal(err)
		}
		data = string(encoded)
	}
	path := filepath.Join(t.TempDir(), "hosts.json")
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func startCluster(t *testing.T, n int, args ...string) []*process {
	t.Helper()
	addresses := ports.Addresses(t, n)
	hosts := writeHosts(t, addresses)
	var processes []*process
	for _, address := range addresses {
		p := startProcess(t, append([]string{"--listen=" + address, "-hosts=" + hosts}, args...)...)
		p.address = address
		processes = append(processes, p)
	}
	return processes
}

// views asks processes for their members; ok is false when one does not answer.
func views(t *testing.T, client *tchan.Transport, processes []*process) (all []*wire.Stats, ok bool) {
	t.Helper()
	for _, p := range processes {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		body, err := client.Call(ctx, p.address, wire.EndpointStats, []byte("null"))
		cancel()
		if err != nil {
			return nil, false
		}
		stats := new(wire.Stats)
		if err := wire.Unmarshal(body, stats); err != nil {
			t.Fatal(err)
		}
		all = append(all, stats)
	}
	return all, true
}

// agreed waits until the processes have one checksum, and the given numbers of
// members that are alive and faulty.
func agreed(t *testing.T, client *tchan.Transport, processes []*process, alive, faulty int) {
	t.Helper()
	await.Until(t, await.Patience, func() string {
		var last string
		all, ok := views(t, client, processes)
		for _, stats := range all {
			counts := make(map[wire.Status]int)
			for _, m := range stats.Membership.Members {
				counts[m.Status]++
			}
			last = fmt.Sprint(counts)
			ok = ok && stats.Membership.Checksum == all[0].Membership.Checksum && counts[wire.Alive] == alive && counts[wire.Faulty] == faulty
		}
		if ok {
			return ""
		}
		return fmt.Sprintf("%d nodes do not agree on %d alive and %d faulty; the last says %s", len(processes), alive, faulty, last)
	})
}

func newClient(t *testing.T) *tchan.Transport {
	t.Helper()
	client, err := tchan.New(tchan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}
