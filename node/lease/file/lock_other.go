//go:build !unix || solaris || aix

package file

import (
	"errors"
	"os"
)

func tryLock(*os.File) (got bool, err error) { return false, errors.ErrUnsupported }
