package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
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
	stderr  output
	ended   chan struct{}
}

// output can be read while it is written to.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(data []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(data)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
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
	if err := os.WriteFile(lister, []byte("#!/bin/sh\necho $1; echo $2; echo $3\n"), 0o700); err != nil {
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

func TestErrorsAreOneLine(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	free := ports.Addresses(t, 1)[0]
	hosts := writeHosts(t, []string{free})
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no hosts file":       {[]string{"-listen=" + free, "-hosts=/nowhere/hosts.json"}, 1, "/nowhere/hosts.json"},
		"hosts is no list":    {[]string{"-listen=" + free, "-hosts=" + writeHosts(t, `{"a":1}`)}, 1, "JSON array"},
		"hosts is null":       {[]string{"-listen=" + free, "-hosts=" + writeHosts(t, `null`)}, 1, "JSON array"},
		"hosts is empty":      {[]string{"-listen=" + free, "-hosts=" + writeHosts(t, ``)}, 1, "JSON array"},
		"hosts has a bad one": {[]string{"-listen=" + free, "-hosts=" + writeHosts(t, []string{free, "localhost"})}, 1, `entry 2`},
		"bad listen address":  {[]string{"-listen=localhost", "-hosts=" + hosts}, 1, "bad listen address"},
		"unknown source":      {[]string{"-hosts=consul://10.0.0.1:8500"}, 2, "file, static, dns, srv and exec are known"},
		"advertises anywhere": {[]string{"-listen=0.0.0.0:3000", "-advertise=0.0.0.0:3000", "-hosts=" + hosts}, 1, "bad address to advertise"},
		"listens anywhere":    {[]string{"-listen=0.0.0.0:3000", "-hosts=" + hosts}, 1, "bad listen address"},
		"port in use":         {[]string{"-listen=" + taken.Addr().String(), "-hosts=" + hosts}, 1, "address already in use"},
		"unknown flag":        {[]string{"-lisen=" + free}, 2, "-lisen"},
		"unexpected argument": {[]string{"start"}, 2, `"start"`},
		"bad period":          {[]string{"-suspect-period=5s"}, 2, "number of milliseconds"},
		"no period":           {[]string{"-faulty-period=0"}, 2, "positive"},
		"two sorts of stats":  {[]string{"-stats-file=x", "-stats-udp=127.0.0.1:1"}, 2, "exclude"},
		"bad stats file":      {[]string{"-listen=" + free, "-hosts=" + hosts, "-stats-file=/nowhere/x"}, 1, "/nowhere/x"},
		"bad stats address":   {[]string{"-listen=" + free, "-hosts=" + hosts, "-stats-udp=nonsense"}, 1, "nonsense"},
		"bound to a name":     {[]string{"-listen=localhost:3999", "-hosts=" + hosts, "-bind-dial"}, 1, "IP address"},
		"bad network":         {[]string{"-admin-from=127.0.0.1"}, 2, "list of networks"},
		"bad networks":        {[]string{"-accept-from=10.0.0.0/8,"}, 2, "list of networks"},
		"TLS without key":     {[]string{"-tls-cert=a.pem"}, 2, "TLS needs -tls-cert, -tls-key and -tls-ca"},
		"TLS of nothing":      {[]string{"-tls-mode=accept"}, 2, "TLS needs -tls-cert, -tls-key and -tls-ca"},
		"bad mode of TLS":     {[]string{"-tls-mode=on"}, 2, "off, accept or require"},
		"no certificate":      {[]string{"-listen=" + free, "-hosts=" + hosts, "-tls-cert=/nowhere/a", "-tls-key=/nowhere/b", "-tls-ca=/nowhere/c"}, 1, "/nowhere/a"},
		"identity as node":    {[]string{"--identity=alpha", "--checksum=node"}, 2, "ringpop-node passes changes on without the identity"},
		"bad level":           {[]string{"--log-level=loud"}, 2, "debug, info, warn or error"},
		"bad format":          {[]string{"--log-format=xml"}, 2, "text or json"},
		"profiles of nothing": {[]string{"--http-pprof"}, 2, "-http-pprof needs -http"},
		"bad HTTP address":    {[]string{"--http=nonsense"}, 2, "it must be host:port"},
		"bad strategy":        {[]string{"--resolver=keep-all"}, 2, "static-quorum keep-majority"},
		"strategy off":        {[]string{"--resolver-quorum=3"}, 2, "need -resolver"},
		"no quorum":           {[]string{"--resolver=static-quorum"}, 2, "QuorumSize is 0"},
		"no referee":          {[]string{"--resolver=keep-referee"}, 2, "Referee is empty"},
		"bad referee":         {[]string{"--resolver=keep-referee", "--resolver-referee=me"}, 2, "Referee"},
		"bad policy":          {[]string{"--resolver=down-all", "--resolver-policy=panic"}, 2, "fence exit observe"},
		"bad duration":        {[]string{"--resolver=down-all", "--resolver-stable-after=20"}, 2, "missing unit"},
		"settles too soon":    {[]string{"--resolver=down-all", "--resolver-settle=5s"}, 2, "at least 20s"},
		"hands over too soon": {[]string{"--resolver=down-all", "--resolver-handover=5s"}, 2, "at least 52s"},
		"no lease":            {[]string{"--resolver=lease-majority"}, 2, "needs -resolver-lease"},
		"lease of no use":     {[]string{"--resolver=down-all", "--resolver-lease=file:x"}, 2, "is for -resolver=lease-majority"},
		"unknown store":       {[]string{"-listen=" + free, "-hosts=" + hosts, "--resolver=lease-majority", "--resolver-lease=zookeeper:x"}, 1, "file:PATH, kubernetes:[NAMESPACE/]NAME"},
		"not in a cluster":    {[]string{"-listen=" + free, "-hosts=" + hosts, "--resolver=lease-majority", "--resolver-lease=kubernetes:ring"}, 1, "not in a pod"},
		"bad label":           {[]string{"--label=east"}, 2, "KEY=VALUE"},
		"labels as node":      {[]string{"-listen=" + free, "-hosts=" + hosts, "--label=dc=east", "--checksum=node"}, 1, "no labels"},
		"bad flavour":         {[]string{"--checksum=ruby"}, 2, "go or node"},
	} {
		p := startProcess(t, test.args...)
		code, output := p.exitCode(t), p.stderr.String()
		if code != test.code || !strings.Contains(output, test.want) || strings.Count(output, "\n") != 1 || !strings.HasPrefix(output, "testpop: ") {
			t.Errorf("%s: exit code %d, want %d, and %q in one line:\n%s", name, code, test.code, test.want, output)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := app.Main(t.Context(), []string{"--help"}, &stdout, &stderr); code != 0 || !strings.Contains(stdout.String(), "-tombstone-period MS") || stderr.Len() > 0 {
		t.Errorf("help: exit code %d, %s%s", code, stdout.String(), stderr.String())
	}
	stdout.Reset()
	if code := app.Main(t.Context(), []string{"--version"}, &stdout, &stderr); code != 0 || !strings.HasPrefix(stdout.String(), "testpop ") {
		t.Errorf("version: exit code %d, %s", code, stdout.String())
	}
}

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
