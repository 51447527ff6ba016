// Package netns starts this program again in a network namespace of its own, where
// it may cut and mend without touching the machine's firewall. It works on Linux
// only and imports the standard library and x/sys.
package netns

import "errors"

// ErrUnavailable is wrapped by errors that say why there can be no namespace.
var ErrUnavailable = errors.New("no network namespace can be made here")
