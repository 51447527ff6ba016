package main

import (
	"syscall"

	"github.com/ringmend/ringmend/admin"
)

// maxCalls is how many calls may be outstanding with the file descriptors that
// there are: half of them, for a connection that ends takes one for a while.
func maxCalls() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil || limit.Cur/2 >= admin.MaxConcurrency {
		return admin.MaxConcurrency
	}
	return max(1, int(limit.Cur/2))
}
