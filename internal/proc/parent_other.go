//go:build unix && !linux

package proc

import "syscall"

// dieWithParent does nothing: only Linux can do it. Elsewhere it takes a [Guard]
// that is alive.
func dieWithParent(*syscall.SysProcAttr) {}
