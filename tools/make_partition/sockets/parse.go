package sockets

import (
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
)

// MaxInput is the size in bytes of the longest text that is read: some 300,000
// sockets.
const MaxInput = 32 << 20

// Read reads text as [Parse] takes it, at most [MaxInput] bytes.
func Read(r io.Reader) (Table, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxInput+1))
	if err != nil {
		return nil, fmt.Errorf("reading the list of sockets: %w", err)
	}
	if len(text) > MaxInput {
		return nil, fmt.Errorf("%w: more than %d MB", ErrFormat, MaxInput>>20)
	}
	return Parse(string(text))
}

// Parse reads the output of lsof or ss, whichever it is. Sockets that are not TCP
// are passed over. The error is [ErrEmpty] or [ErrFormat], wrapped.
func Parse(text string) (Table, error) {
	if strings.TrimSpace(text) == "" {
		return nil, ErrEmpty
	}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
		case looksLikeSS(fields):
			return ParseSS(text)
		case looksLikeLsof(fields):
			return ParseLsof(text)
		default:
			return nil, fmt.Errorf("%w: %s", ErrFormat, quote(line))
		}
	}
	return nil, ErrEmpty
}

// parseEach makes a table of the lines that one reads. It reports whether a line
// is about a TCP socket at all.
func parseEach(text string, one func(line string) (s Socket, tcp bool, err error)) (Table, error) {
	var table Table
	number := 0
	for line := range strings.Lines(text) {
		number++
		if strings.TrimSpace(line) == "" {
			continue
		}
		s, tcp, err := one(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if tcp {
			table = append(table, s)
		}
	}
	return table.merged(), nil
}

// parseAddress reads host:port as both programs print it: "*" stands for any
// host, IPv6 is in brackets, an interface may follow a percent sign.
func parseAddress(s string) (netip.AddrPort, error) {
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 {
		return netip.AddrPort{}, fmt.Errorf("%w: %s is not host:port", ErrFormat, quote(s))
	}
	host, portText := s[:colon], s[colon+1:]
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		if portText == "*" {
			return netip.AddrPort{}, nil
		}
		return netip.AddrPort{}, fmt.Errorf("%w: the port in %s is not a number", ErrFormat, quote(s))
	}
	if host == "*" {
		return netip.AddrPortFrom(netip.IPv6Unspecified(), uint16(port)), nil
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	host, _, _ = strings.Cut(host, "%")
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%w: the host in %s is not a number", ErrFormat, quote(s))
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)), nil
}

// quote shortens foreign text so that it fits into an error of one line.
func quote(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 60 {
		s = s[:60] + "..."
	}
	return strconv.Quote(s)
}
