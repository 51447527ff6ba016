//go:build !linux

package host

import "errors"

// Missing returns why there can be no hosts on this machine.
func Missing() error { return errors.New("the lab needs Linux: network namespaces and TUN devices") }
