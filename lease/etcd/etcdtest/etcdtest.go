package etcdtest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/ports"
)

// module is what is built.
const module = "go.etcd.io/etcd/server/v3@v3.7.3"

// find returns the path of the program etcd. The test is skipped if there is none and none
// can be built.
func find(t testing.TB) string {
	t.Helper()
	if path, err := exec.LookPath("etcd"); err == nil {
		return path
	}
	path, err := built()
	if err != nil {
		t.Skipf("there is no etcd, and it cannot be built from %s: %v", module, err)
	}
	return path
}

var built = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "ringmend-etcd", filepath.Base(module))
	program := filepath.Join(dir, "etcd")
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(dir, "build")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	// Other processes may build it at the same time: only a whole program gets the name.
	unfinished := filepath.Join(work, "etcd")
	for _, args := range [][]string{{"mod", "init", "etcd"}, {"get", module}, {"build", "-o", unfinished, "go.etcd.io/etcd/server/v3"}} {
		command := exec.Command("go", args...)
		command.Dir = work
		command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
		if out, err := command.CombinedOutput(); err != nil {
			return "", fmt.Errorf("go %s: %w: %s", args[0], err, bytes.TrimSpace(out[max(0, len(out)-300):]))
		}
	}
	return program, os.Rename(unfinished, program)
})

// Start starts a server, alone in its cluster, until the test ends, and returns where clients
// find it.
func Start(t testing.TB) (endpoint string) {
	t.Helper()
	program := find(t)
	addresses := ports.Addresses(t, 2)
	client, peer := "http://"+addresses[0], "http://"+addresses[1]
	var log bytes.Buffer
	command := exec.Command(program, arguments(t.TempDir(), client, peer)...)
	command.Stdout, command.Stderr = &log, &log
	command.Env = append(os.Environ(), "ETCD_UNSUPPORTED_ARCH=arm64") // asked for on some machines
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended
	})
	await.Until(t, await.Patience, func() string {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s has ended: %v\n%s", program, err, log.Bytes())
		default:
		}
		connection, err := net.Dial("tcp", addresses[0])
		if err != nil {
			return err.Error()
		}
		connection.Close()
		return ""
	})
	return client
}

// arguments returns the arguments of a server that is alone in its cluster.
func arguments(dir, client, peer string) []string {
	return []string{
		"--name", "test", "--data-dir", filepath.Join(dir, "etcd"), "--log-level", "warn",
		"--listen-client-urls", client, "--advertise-client-urls", client,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "test=" + peer,
	}
}
