package onchannel

import (
	"net/netip"

	"github.com/temporalio/tchannel-go"
)

// remoteAddr returns the address that who calls says it has, the only one that Temporal's
// fork tells; none if it does not listen.
func remoteAddr(call *tchannel.InboundCall) netip.AddrPort {
	peer, err := netip.ParseAddrPort(call.RemotePeer().HostPort)
	if err != nil {
		return netip.AddrPort{}
	}
	return peer
}
