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
func Read(r io.Reader) (Table, []Unread, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxInput+1))
	if err != nil {
		return nil, nil, fmt.Errorf("reading the list of sockets: %w", err)
	}
	if len(text) > MaxInput {
		return nil, nil, fmt.Errorf("%w: more than %d MB", ErrFormat, MaxInput>>20)
	}
	return Parse(string(text))
}

// Parse reads the output of lsof or ss, whichever it is: the first line tells.
// Sockets that are not TCP are passed over. Lines that are not understood do not
// spoil the others: they are returned, and it is for the caller to say whether they
// matter. The error is [ErrEmpty] or [ErrFormat], wrapped.
func Parse(text string) (Table, []Unread, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil, ErrEmpty
	}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		var table Table
		var unread []Unread
		switch {
		case len(fields) == 0, isWarning(line):
			continue
		case looksLikeSS(fields):
			table, unread = ParseSS(text)
		case looksLikeLsof(fields):
			table, unread = ParseLsof(text)
		default:
			return nil, nil, fmt.Errorf("%w: %s", ErrFormat, quote(line))
		}
		return table, unread, nil
	}
	return nil, nil, ErrEmpty
}

// isWarning knows what lsof says of file systems that it cannot look at, when its
// output was piped in together with its errors.
func isWarning(line string) bool {
	return strings.HasPrefix(line, "lsof: ") || strings.HasPrefix(line, "      Output information may be incomplete.")
}

// lineParser reads one line. It reports whether that is about a TCP socket at all, and
// where its addresses stand: that, and what else is known, also with an error.
type lineParser func(line string) (s Socket, tcp bool, at string, err error)

// parseEach makes a table of the lines that one understands.
func parseEach(text string, one lineParser) (table Table, unread []Unread) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		if strings.TrimSpace(line) == "" || isWarning(line) {
			continue
		}
		s, tcp, at, err := one(line)
		switch {
		case err != nil:
			unread = append(unread, Unread{Line: number, Err: err, Listens: s.State == Listen, Command: s.Command, at: at})
		case tcp:
			table = append(table, s)
		}
	}
	return table.merged(), unread
}

// parseAddress reads host:port as both programs print it: "*" stands for any host,
// IPv6 is in brackets, an interface may follow a percent sign, in the brackets or
// behind them. The interface is left out: rules go by addresses.
func parseAddress(s string) (netip.AddrPort, error) {
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 {
		return netip.AddrPort{}, fmt.Errorf("%w: %s is not host:port", ErrLine, quote(s))
	}
	host, portText := s[:colon], s[colon+1:]
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		if portText == "*" {
			return netip.AddrPort{}, nil
		}
		return netip.AddrPort{}, fmt.Errorf("%w: the port in %s is not a number", ErrLine, quote(s))
	}
	host, _, _ = strings.Cut(host, "%")
	if host == "*" {
		return netip.AddrPortFrom(netip.IPv6Unspecified(), uint16(port)), nil
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%w: the host in %s is not a number", ErrLine, quote(s))
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
