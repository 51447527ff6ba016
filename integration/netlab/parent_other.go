//go:build !linux

package netlab

import "syscall"

// dieWithParent does nothing: networks can only be made on Linux.
func dieWithParent(*syscall.SysProcAttr) {}
