//go:build unix && !solaris && !aix

package file

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks a file for this descriptor alone, unless another one has.
func tryLock(f *os.File) (got bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
