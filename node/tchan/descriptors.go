package tchan

import (
	"errors"
	"syscall"
)

// A connection needs a file descriptor. When a process may open few of them, running
// out is worse than closing what is idle: no file can be read then, no name resolved,
// and calls to members that are well fail.

const (
	// fewDescriptors is the number below which the log says that there are few: what
	// most systems give to a process at least.
	fewDescriptors = 1024
	// Of all descriptors a quarter is for the rest of the process, but at least
	// minSpare and at most maxSpare.
	spareShare = 4
	minSpare   = 16
	maxSpare   = 256
	// minOpen is the number of connections that there may be however few descriptors
	// there are: with none at all a node is of no use.
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
