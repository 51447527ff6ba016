package admin

import (
	"cmp"
	"net/netip"
	"strings"

	"github.com/ringmend/ringmend/node/wire"
)

// CompareAddresses is the order in which people read addresses, and in which this
// package sorts them: IPv4 addresses first, then IPv6 addresses, then names; the
// addresses by number; names as text in which runs of digits count as numbers;
// and the ports of one host by number. So 10.0.0.2 comes before 10.0.0.10, port
// 3000 before port 10000, and node-9 before node-10. It returns 0 for equal
// addresses only.
//
// Checksums and the ring have an order of their own, that of the bytes, which is
// part of Ringpop's protocol.
func CompareAddresses(a, b wire.Address) int {
	if a == b {
		return 0
	}
	x, y := string(a), string(b)
	kind := kindOf(x)
	if c := cmp.Compare(kind, kindOf(y)); c != 0 {
		return c
	}
	if kind == ipv6 {
		p, perr := netip.ParseAddrPort(x)
		q, qerr := netip.ParseAddrPort(y)
		if perr == nil && qerr == nil {
			return cmp.Or(p.Compare(q), strings.Compare(x, y))
		}
	}
	i, j := len(hostOf(x)), len(hostOf(y))
	return cmp.Or(compareText(x[:i], y[:j]), strings.Compare(x[:i], y[:j]),
		compareText(x[i:], y[j:]), strings.Compare(x[i:], y[j:]))
}

// CompareHosts is [CompareAddresses] for hosts without ports, IPv6 addresses
// without brackets, as [wire.Address.Host] returns them.
func CompareHosts(a, b string) int {
	p, perr := netip.ParseAddr(a)
	q, qerr := netip.ParseAddr(b)
	switch {
	case perr == nil && qerr == nil:
		return p.Compare(q)
	case perr == nil:
		return -1
	case qerr == nil:
		return 1
	}
	return cmp.Or(compareText(a, b), strings.Compare(a, b))
}

// kind is what kind of host an address has, in the order in which they come.
type kind uint8

const (
	ipv4 kind = iota
	ipv6
	name
)

// kindOf does not parse the host: the lists of a large cluster are sorted by the
// million. What is not an address is a name.
func kindOf(address string) kind {
	if strings.HasPrefix(address, "[") {
		return ipv6
	}
	for i := range len(address) {
		switch c := address[i]; {
		case c == ':':
			return ipv4
		case c != '.' && !isDigit(c):
			return name
		}
	}
	return ipv4
}

// hostOf returns the part before the port.
func hostOf(address string) string {
	if colon := strings.LastIndexByte(address, ':'); colon >= 0 {
		return address[:colon]
	}
	return address
}

// compareText compares texts in which runs of digits count as numbers. For IPv4
// addresses and ports that is the order by number.
func compareText(a, b string) int {
	for len(a) > 0 && len(b) > 0 {
		if !isDigit(a[0]) || !isDigit(b[0]) {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		i, j := digits(a), digits(b)
		x, y := strings.TrimLeft(a[:i], "0"), strings.TrimLeft(b[:j], "0")
		if c := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); c != 0 {
			return c
		}
		a, b = a[i:], b[j:]
	}
	return cmp.Compare(len(a), len(b))
}

// digits returns how many digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
