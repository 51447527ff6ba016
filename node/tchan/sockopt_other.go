//go:build !linux

package tchan

import (
	"net"
	"time"
)

// setUserTimeout does nothing: the option that it sets is Linux's.
func setUserTimeout(net.Conn, time.Duration) {}
