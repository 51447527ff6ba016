package sockets

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// ParseLsof reads the output of lsof -Pnni, with or without its header. The
// error is [ErrFormat], wrapped.
func ParseLsof(text string) (Table, error) { return parseEach(text, lsofLine) }

func looksLikeLsof(fields []string) bool {
	if fields[0] == "COMMAND" {
		return true
	}
	if len(fields) < 8 {
		return false
	}
	_, err := strconv.Atoi(fields[1])
	return err == nil
}

// lsofLine reads one line. Between the user and the protocol lie columns that
// depend on the system and on options, so the protocol is looked for:
//
//	testpop 64 root 11u IPv4 217925 0t0 TCP 127.0.0.1:43323->127.0.0.1:3001 (ESTABLISHED)
func lsofLine(line string) (s Socket, tcp bool, err error) {
	fields := strings.Fields(line)
	if fields[0] == "COMMAND" {
		return s, false, nil
	}
	if !looksLikeLsof(fields) {
		return s, false, fmt.Errorf("%w: %s", ErrFormat, quote(line))
	}
	at := slices.Index(fields, "TCP")
	if at < 4 || at+1 >= len(fields) {
		return s, false, nil
	}
	pid, err := strconv.Atoi(fields[1])
	if err != nil || pid < 0 {
		return s, false, fmt.Errorf("%w: no process id in %s", ErrFormat, quote(line))
	}
	s = Socket{PIDs: []int{pid}, Command: fields[0], User: fields[2]}
	if at+2 < len(fields) {
		s.State = lsofState(fields[at+2])
	}
	local, remote, connected := strings.Cut(fields[at+1], "->")
	if s.Local, err = parseAddress(local); err != nil {
		return s, false, err
	}
	// Any IPv4 address and any IPv6 address are both written "*".
	if s.Local.Addr().IsUnspecified() && fields[4] == "IPv4" {
		s.Local = netip.AddrPortFrom(netip.IPv4Unspecified(), s.Local.Port())
	}
	if connected {
		if s.Remote, err = parseAddress(remote); err != nil {
			return s, false, err
		}
	}
	return s, true, nil
}

func lsofState(s string) State {
	switch s {
	case "(LISTEN)":
		return Listen
	case "(SYN_SENT)":
		return Connecting
	case "(ESTABLISHED)":
		return Established
	default:
		return Other
	}
}
