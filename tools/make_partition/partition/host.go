package partition

import (
	"net/netip"
	"strings"
)

// parseHost checks that s is an IP address, IPv6 in brackets, or a name of a
// machine, a container or a pod. Names end up in scripts for a shell, so nothing
// but letters, digits, dots, hyphens and underscores gets through, and nothing
// that a program would take for an option.
func parseHost(s string) (string, bool) {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		ip, err := netip.ParseAddr(inner)
		return ip.String(), ok && err == nil && ip.Is6() && ip.Zone() == ""
	}
	if ip, err := netip.ParseAddr(s); err == nil {
		return ip.String(), ip.Is4()
	}
	if s == "" || len(s) > 253 || s[0] == '-' || s[0] == '.' {
		return "", false
	}
	onlyDigitsAndDots := true
	for _, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9', c == '.':
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-', c == '_':
			onlyDigitsAndDots = false
		default:
			return "", false
		}
	}
	return s, !onlyDigitsAndDots
}
