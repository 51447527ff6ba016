//go:build !unix

package store

import "os"

// lockFile makes a file. Nothing keeps two guards from writing here.
func lockFile(path string) (*os.File, error) { return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) }
