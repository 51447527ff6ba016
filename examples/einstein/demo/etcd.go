package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/internal/proc"
)

// ErrNoEtcd means that the program etcd is not installed.
var ErrNoEtcd = errors.New("the program etcd is not installed (Debian: etcd-server)")

// Etcd is a server of its own for a row, with its data in a temporary directory.
type Etcd struct {
	Endpoint string // host:port
	process  *proc.Process
	log      proc.Tail
	dir      string
	pool     ports.Pool
	ports    []int
}

// StartEtcd starts a server on the loopback interface, and waits until it takes connections.
func StartEtcd(ctx context.Context) (*Etcd, error) {
	e := new(Etcd)
	var addresses [2]string
	for i := range addresses {
		address, port, err := e.pool.Take("127.0.0.1")
		if err != nil {
			e.Stop()
			return nil, err
		}
		addresses[i], e.ports = address, append(e.ports, port)
	}
	return e.started(ctx, nil, addresses[0], addresses[1])
}

// startEtcdOn starts a server on a host of its own, which a command reaches by the words before
// it.
func startEtcdOn(ctx context.Context, before []string, host string) (*Etcd, error) {
	return new(Etcd).started(ctx, before, host+":2379", host+":2380")
}

// started starts the server and returns it, or stops it if that fails.
func (e *Etcd) started(ctx context.Context, before []string, client, peer string) (*Etcd, error) {
	if err := e.start(ctx, before, client, peer); err != nil {
		e.Stop()
		return nil, err
	}
	return e, nil
}

func (e *Etcd) start(ctx context.Context, before []string, client, peer string) error {
	program, err := exec.LookPath("etcd")
	if err != nil {
		return ErrNoEtcd
	}
	if e.dir, err = os.MkdirTemp("", "einstein-etcd-"); err != nil {
		return err
	}
	e.Endpoint, client, peer = client, "http://"+client, "http://"+peer
	line := append(before, program,
		"--name=einstein", "--data-dir="+filepath.Join(e.dir, "data"), "--log-level=warn",
		"--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=einstein="+peer)
	e.process, err = proc.Start(proc.Spec{
		Path: line[0], Args: line[1:],
		Env:    []string{"ETCD_UNSUPPORTED_ARCH=arm64"}, // asked for on some machines
		Output: proc.To(&e.log),
	})
	if err != nil {
		return err
	}
	return e.await(ctx)
}

func (e *Etcd) await(ctx context.Context) error {
	var dialer net.Dialer
	for {
		connection, err := dialer.DialContext(ctx, "tcp", e.Endpoint)
		if err == nil {
			return connection.Close()
		}
		if !e.process.Running() {
			return fmt.Errorf("etcd has ended: %s", e.log.String())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("etcd takes no connections: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Stop ends the server and removes its data.
func (e *Etcd) Stop() {
	if e.process != nil {
		e.process.Kill()
	}
	for _, port := range e.ports {
		e.pool.Release(port)
	}
	os.RemoveAll(e.dir)
}
