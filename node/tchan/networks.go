package tchan

import (
	"net"
	"net/netip"
	"slices"
)

// allowed reports whether a connection comes from one of the networks of
// Options.AcceptFrom, or from anywhere if there are none.
func (o *Options) allowed(raw net.Conn) bool {
	if len(o.AcceptFrom) == 0 {
		return true
	}
	from := addrPortOf(raw.RemoteAddr()).Addr().Unmap().WithZone("")
	return slices.ContainsFunc(o.AcceptFrom, func(p netip.Prefix) bool { return p.Contains(from) })
}
