package tchan

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/ringmend/ringmend/node/wire"
)

// advertised is what a transport says in handshakes where it can be called: the address
// that it listens on, unless Options.Advertise says otherwise. Its port 0 stands for the
// one that it listens on.
func (o Options) advertised(listen net.Addr) (net.Addr, error) {
	if o.Advertise == "" {
		return listen, nil
	}
	at, err := netip.ParseAddrPort(o.Advertise)
	if err != nil {
		return nil, fmt.Errorf("advertised address %q: %w", o.Advertise, err)
	}
	if bound, ok := listen.(*net.TCPAddr); ok && at.Port() == 0 {
		at = netip.AddrPortFrom(at.Addr(), uint16(bound.Port))
	}
	if _, err := wire.ParseAddress(at.String()); err != nil {
		return nil, fmt.Errorf("advertised address %q: %w", o.Advertise, err)
	}
	return net.TCPAddrFromAddrPort(at), nil
}
