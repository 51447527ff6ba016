package netns

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

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
	// The kernel checks in the background that no other host has them.
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
