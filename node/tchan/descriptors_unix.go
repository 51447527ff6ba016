//go:build unix

package tchan

import (
	"math"
	"syscall"
)

// descriptorLimit returns how many file descriptors this process may have open, 0 for
// no bound. The Go runtime has raised it to the hard limit.
func descriptorLimit() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || uint64(limit.Cur) > math.MaxInt32 {
		return 0
	}
	return int(limit.Cur)
}
