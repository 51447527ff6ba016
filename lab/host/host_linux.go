package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Host is one host. Its methods are safe for concurrent use.
type Host struct {
	Name    string
	Address netip.Addr

	namespace int      // a file descriptor of it
	device    *os.File // the TUN device
	starts    chan startRequest
	ended     chan struct{}
}

type startRequest struct {
	cmd    *exec.Cmd
	result chan<- error
}

// newHost makes a host. A goroutine that is locked to a thread stays in its namespace
// until Close: Linux ends processes with the thread that started them.
func newHost(name string, address netip.Prefix) (*Host, error) {
	h := &Host{Name: name, Address: address.Addr(), starts: make(chan startRequest), ended: make(chan struct{})}
	made := make(chan error)
	go func() {
		defer close(h.ended)
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		err := h.make(address)
		made <- err
		if err != nil {
			return
		}
		for s := range h.starts {
			s.result <- s.cmd.Start()
		}
	}()
	if err := <-made; err != nil {
		return nil, fmt.Errorf("host %s: %w", name, err)
	}
	return h, nil
}

func (h *Host) make(address netip.Prefix) error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("new network namespace: %w", err)
	}
	var err error
	if h.namespace, err = unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return err
	}
	// Nothing answers IPv6 there; it may be missing altogether.
	_ = os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0o644)
	if err := up("lo", nil); err != nil {
		return err
	}
	if h.device, err = openTUN(); err != nil {
		return err
	}
	return up(deviceName, &address)
}

func (h *Host) close() {
	close(h.starts)
	<-h.ended
	h.device.Close()
	unix.Close(h.namespace)
}

// Start starts a command on the host. It gets a process group of its own, and is
// killed with this process.
func (h *Host) Start(cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Setpgid = true
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	result := make(chan error)
	h.starts <- startRequest{cmd, result}
	return <-result
}

// Dial opens a connection from the host. The address must be an IP address and a port.
func (h *Host) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if _, err := netip.ParseAddrPort(address); err != nil {
		return nil, fmt.Errorf("dial from %s: %w", h.Name, err)
	}
	return inNamespace(h, func() (net.Conn, error) { return new(net.Dialer).DialContext(ctx, network, address) })
}

// inNamespace calls a function that makes a socket on a thread in the host's namespace.
// The thread is thrown away, as its goroutine ends locked to it: sockets are rare.
func inNamespace[T any](h *Host, f func() (T, error)) (value T, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if err = unix.Setns(h.namespace, unix.CLONE_NEWNET); err != nil {
			err = fmt.Errorf("enter the namespace of %s: %w", h.Name, err)
			return
		}
		value, err = f()
	}()
	<-done
	return value, err
}

// The TUN device of each host has the same name, and a packet the size of Ethernet's.
const (
	deviceName = "eth0"
	mtu        = 1500
)

// openTUN makes a TUN device in the namespace of the thread.
func openTUN() (*os.File, error) {
	fd, err := unix.Open(tunDevice, unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	request, err := unix.NewIfreq(deviceName)
	if err == nil {
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("new TUN device: %w", err), unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), tunDevice), nil
}

// up gives a device of the thread's namespace an address and brings it up.
func up(device string, address *netip.Prefix) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	set := func(what uint, fill func(*unix.Ifreq) error) error {
		request, err := unix.NewIfreq(device)
		if err == nil {
			err = fill(request)
		}
		if err == nil {
			err = unix.IoctlIfreq(fd, what, request)
		}
		if err != nil {
			return fmt.Errorf("configuring %s: %w", device, err)
		}
		return nil
	}
	if address != nil {
		mask := net.CIDRMask(address.Bits(), 32)
		err = errors.Join(
			set(unix.SIOCSIFADDR, func(r *unix.Ifreq) error { return r.SetInet4Addr(address.Addr().AsSlice()) }),
			set(unix.SIOCSIFNETMASK, func(r *unix.Ifreq) error { return r.SetInet4Addr(mask) }),
			set(unix.SIOCSIFMTU, func(r *unix.Ifreq) error { r.SetUint32(mtu); return nil }),
		)
		if err != nil {
			return err
		}
	}
	return set(unix.SIOCSIFFLAGS, func(r *unix.Ifreq) error { r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING); return nil })
}
