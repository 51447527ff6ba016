//go:build !linux

package netns

import (
	"fmt"
	"net/netip"
)

// Exec returns an error: only Linux has network namespaces.
func Exec(string, []string, []string) error {
	return fmt.Errorf("%w: only Linux has them", ErrUnavailable)
}

// Up does nothing.
func Up() error { return nil }

// Add does nothing.
func Add([]netip.Addr) error { return nil }

// Look returns nothing.
func Look() string { return "" }
