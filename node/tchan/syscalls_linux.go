//go:build !race

package tchan

import (
	"syscall"
	"unsafe"
)

// These calls never block: the sockets and the epoll are non-blocking. So the scheduler
// need not be told of them, as package syscall does: it would wake the runtime's monitor
// thread each time that an idle process begins to work, which for a ping costs more than
// the call. (The race detector must be told: it takes what is sent over a socket for an order.)

// readNow is read(2) of a descriptor that does not block.
func readNow(fd int, b []byte) (int, error) { return moveNow(syscall.SYS_READ, fd, b) }

// writeNow is write(2) to a descriptor that does not block.
func writeNow(fd int, b []byte) (int, error) { return moveNow(syscall.SYS_WRITE, fd, b) }

func moveNow(trap uintptr, fd int, b []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(trap, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
