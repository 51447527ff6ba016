package wire

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// MaxAddressLength is the longest address in bytes that is accepted: the longest
// DNS name, a colon and a port.
const MaxAddressLength = 253 + 1 + 5

// Address is the host:port under which a member is known to the cluster. It is
// the member's identity on the wire and goes into checksums byte for byte, so
// there is exactly one accepted spelling of each address: see [ParseAddress].
// The zero value means "no address".
type Address string

// ParseAddress checks that s is an address as Ringpop members spell it:
// "host:port" with an IPv4 address, an IPv6 address in brackets or a host name,
// and a port from 1 to 65535. Other spellings of the same address (leading
// zeros, upper-case IPv6) are refused, because two spellings of one member
// would be two members.
func ParseAddress(s string) (Address, error) {
	if len(s) > MaxAddressLength {
		return "", fmt.Errorf("%w: address of %d bytes, at most %d are allowed", ErrInvalid, len(s), MaxAddressLength)
	}
	if !validAddress(s) {
		return "", fmt.Errorf("%w: address %q is not host:port", ErrInvalid, s)
	}
	return Address(s), nil
}

func validAddress(s string) bool {
	colon := strings.LastIndexByte(s, ':')
	return colon > 0 && validPort(s[colon+1:]) && validHost(s[:colon])
}

func validPort(s string) bool {
	if s == "" || len(s) > 5 || s[0] == '0' {
		return false
	}
	port, err := strconv.ParseUint(s, 10, 16)
	return err == nil && port > 0 && s[0] != '+'
}

func validHost(s string) bool {
	if strings.HasPrefix(s, "[") {
		ip, err := netip.ParseAddr(strings.TrimSuffix(s[1:], "]"))
		// A zone means something on one machine only, and may hold any byte.
		return err == nil && ip.Is6() && ip.Zone() == "" && s == "["+ip.String()+"]"
	}
	onlyDigitsAndDots := true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == '.':
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-', c == '_':
			onlyDigitsAndDots = false
		default:
			return false
		}
	}
	if onlyDigitsAndDots {
		ip, err := netip.ParseAddr(s)
		return err == nil && ip.Is4()
	}
	return true
}

// Port returns the port.
func (a Address) Port() uint16 {
	port, _ := strconv.ParseUint(string(a[strings.LastIndexByte(string(a), ':')+1:]), 10, 16)
	return uint16(port)
}

// Host returns the part before the port, an IPv6 address without its brackets.
func (a Address) Host() string {
	host := string(a[:strings.LastIndexByte(string(a), ':')+1])
	host = strings.TrimSuffix(host, ":")
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}
