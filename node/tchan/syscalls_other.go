//go:build unix && (!linux || race)

package tchan

import "syscall"

// readNow is read(2) of a descriptor that does not block.
func readNow(fd int, b []byte) (int, error) { return syscall.Read(fd, b) }

// writeNow is write(2) to a descriptor that does not block.
func writeNow(fd int, b []byte) (int, error) { return syscall.Write(fd, b) }
