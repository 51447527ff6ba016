package tchan

import (
	"errors"
	"syscall"
)

// A connection needs a file descriptor. When a process may open few of them, running
// out is worse than closing idle connections: then no file can be read, no name can be
// resolved, and calls to healthy members fail.

const (
	// fewDescriptors is the number below which the log says that there are few: what
	// most systems give to a process at least.
	fewDescriptors = 1024
	// Of all descriptors a quarter is for the rest of the process, but at least
	// minSpare and at most maxSpare.
	spareShare = 4
	minSpare   = 16
	maxSpare   = 256
	// minOpen is the number of connections allowed even if there are fewer descriptors:
	// a node without connections is useless.
	minOpen = 4
)

// openFor returns how many connections may be open in a process that may open so
// many descriptors; 0 stands for no bound, in both.
func openFor(descriptors int) int {
	if descriptors == 0 {
		return 0
	}
	spare := min(max(descriptors/spareShare, minSpare), maxSpare)
	return max(descriptors-spare, minOpen)
}

// outOfDescriptors reports whether an error says that the process, or the system, has
// no descriptor left.
func outOfDescriptors(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}
