package sockets

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// ParseLsof reads the output of lsof -Pnni, with or without its header.
func ParseLsof(text string) (Table, []Unread) { return parseEach(text, lsofLine) }

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
func lsofLine(line string) (s Socket, tcp bool, at string, err error) {
	fields := strings.Fields(line)
	if fields[0] == "COMMAND" {
		return s, false, "", nil
	}
	if !looksLikeLsof(fields) {
		return s, false, line, fmt.Errorf("%w: %s", ErrLine, quote(line))
	}
	column := slices.Index(fields, "TCP")
	if column < 4 || column+1 >= len(fields) {
		return s, false, "", nil
	}
	at = fields[column+1]
	local, remote, connected := strings.Cut(at, "->")
	s = Socket{Command: fields[0], User: fields[2], State: lsofState(fields[column+2:], connected)}
	pid, err := strconv.Atoi(fields[1])
	if err != nil || pid < 0 {
		return s, false, at, fmt.Errorf("%w: no process id in %s", ErrLine, quote(line))
	}
	s.PIDs = []int{pid}
	if s.Local, err = parseAddress(local); err != nil {
		return s, false, at, err
	}
	// Any IPv4 address and any IPv6 address are both written "*".
	if s.Local.Addr().IsUnspecified() && fields[4] == "IPv4" {
		s.Local = netip.AddrPortFrom(netip.IPv4Unspecified(), s.Local.Port())
	}
	if connected {
		if s.Remote, err = parseAddress(remote); err != nil {
			return s, false, at, err
		}
	}
	return s, true, at, nil
}

// lsofState reads what stands behind the address. With the option -T that need not be
// a state: (QR=0 QS=0), or nothing. Then a socket with two ends is taken for a
// connection, which a cut must not forget, and one with a single end for a listener.
func lsofState(words []string, connected bool) State {
	for _, word := range words {
		switch word = strings.Trim(word, "()"); {
		case word == "LISTEN":
			return Listen
		case word == "SYN_SENT":
			return Connecting
		case word == "ESTABLISHED":
			return Established
		case slices.Contains(lsofOthers, word):
			return Other
		}
	}
	if connected {
		return Established
	}
	return Listen
}

// lsofOthers are the other states as systems name them.
var lsofOthers = []string{
	"CLOSED", "CLOSE", "IDLE", "BOUND", "SYN_RECV", "SYN_RCVD", "SYN_RECEIVED", "CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT",
	"FIN_WAIT1", "FIN_WAIT_1", "FIN_WAIT2", "FIN_WAIT_2",
}
