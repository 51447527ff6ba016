package onchannel

import (
	"net"
	"net/netip"

	"github.com/uber/tchannel-go"
)

// remoteAddr returns the network address of who calls.
func remoteAddr(call *tchannel.InboundCall) netip.AddrPort {
	if tcp, ok := call.Connection().RemoteAddr().(*net.TCPAddr); ok {
		return tcp.AddrPort()
	}
	return netip.AddrPort{}
}
