package netns

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// userVariable is set in a namespace that belongs to a user namespace, which is
// made for who is not root.
const userVariable = "TICK_CLUSTER_USER_NAMESPACE"

// Exec replaces this process by a program in a new network namespace, and in a new
// user namespace where it is root, unless it is so already. It returns only if
// that fails. Unshare of util-linux does it: a process of many threads, as each Go
// program is, may not enter a user namespace itself.
func Exec(path string, args, env []string) error {
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		return fmt.Errorf("%w: the program unshare (of util-linux) is not installed", ErrUnavailable)
	}
	flags, user := []string{"-n"}, ""
	if os.Geteuid() != 0 {
		flags, user = []string{"-r", "-n"}, "1"
	}
	env = append(append(os.Environ(), userVariable+"="+user), env...)
	// What unshare has to say would be all that the user sees.
	if out, err := exec.Command(unshare, append(flags, "true")...).CombinedOutput(); err != nil {
		why := strings.TrimPrefix(strings.TrimSpace(string(out)), "unshare: ")
		if why == "" {
			why = err.Error()
		}
		return fmt.Errorf("%w: %s", ErrUnavailable, why)
	}
	argv := append(append([]string{unshare}, flags...), "--", path)
	return fmt.Errorf("starting %s: %w", unshare, unix.Exec(unshare, append(argv, args...), env))
}

// Look returns the words with which another terminal runs a program in the
// namespace of this process.
func Look() string {
	if os.Getenv(userVariable) != "" {
		return fmt.Sprintf("nsenter -t %d -U -n --preserve-credentials", os.Getpid())
	}
	return fmt.Sprintf("nsenter -t %d -n", os.Getpid())
}

const loopback = "lo"

// Up brings the loopback interface up, which is down in a new namespace.
func Up() error {
	err := onSocket(unix.AF_INET, func(fd int) error {
		request, err := unix.NewIfreq(loopback)
		if err != nil {
			return err
		}
		if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, request); err != nil {
			return err
		}
		request.SetUint16(request.Uint16() | unix.IFF_UP)
		return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
	})
	if err != nil {
		return fmt.Errorf("bringing the loopback interface up: %w", err)
	}
	return nil
}

// usable is how long an address may take until it can be listened on.
const usable = 5 * time.Second

// Add gives the loopback interface addresses, and returns when they can be listened
// on. Those of 127.0.0.0/8 it has.
func Add(addresses []netip.Addr) error {
	addresses = slices.DeleteFunc(slices.Clone(addresses), netip.Addr.Is4)
	if len(addresses) == 0 {
		return nil
	}
	lo, err := net.InterfaceByName(loopback)
	if err != nil {
		return fmt.Errorf("looking for the loopback interface: %w", err)
	}
	for _, a := range addresses {
		if err := add(a, lo.Index); err != nil {
			return fmt.Errorf("adding %s to the loopback interface: %w", a, err)
		}
	}
	// The kernel checks in the background that nobody else has them.
	deadline := time.Now().Add(usable)
	for _, a := range addresses {
		for {
			l, err := net.ListenPacket("udp6", netip.AddrPortFrom(a, 0).String())
			if err == nil {
				l.Close()
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("waiting for %s to be usable: %w", a, err)
			}
			time.Sleep(time.Millisecond)
		}
	}
	return nil
}

func add(address netip.Addr, index int) error {
	return onSocket(unix.AF_INET6, func(fd int) error {
		// The kernel's struct in6_ifreq: address, length of the prefix, interface.
		var request [24]byte
		ip := address.As16()
		copy(request[:], ip[:])
		binary.NativeEndian.PutUint32(request[16:], 128)
		binary.NativeEndian.PutUint32(request[20:], uint32(index))
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCSIFADDR, uintptr(unsafe.Pointer(&request)))
		if errno != 0 {
			return errno
		}
		return nil
	})
}

func onSocket(family int, do func(fd int) error) error {
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return do(fd)
}
