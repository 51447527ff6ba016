package sockets

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ParseSS reads the output of ss -tnap, with -H or without; with -e it learns the
// owner's user id, too.
func ParseSS(text string) (Table, []Unread) { return parseEach(text, ssLine) }

// ssStates are the names of all states that ss prints, UDP's included.
var ssStates = []string{
	"LISTEN", "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2",
	"TIME-WAIT", "UNCONN", "CLOSE-WAIT", "LAST-ACK", "CLOSING", "UNKNOWN",
}

func looksLikeSS(fields []string) bool {
	switch fields[0] {
	case "State", "Netid":
		return true
	}
	return slices.Contains(ssStates, fields[0]) ||
		len(fields) > 5 && slices.Contains(ssStates, fields[1])
}

// ssLine reads one line. The first column is there only when ss was asked for
// more than one protocol:
//
//	tcp ESTAB 0 0 127.0.0.1:43323 127.0.0.1:3001 users:(("testpop",pid=64,fd=11))
func ssLine(line string) (s Socket, tcp bool, at string, err error) {
	fields := strings.Fields(line)
	if fields[0] == "State" || fields[0] == "Netid" {
		return s, false, "", nil
	}
	if !looksLikeSS(fields) {
		return s, false, line, fmt.Errorf("%w: %s", ErrLine, quote(line))
	}
	if !slices.Contains(ssStates, fields[0]) {
		if fields[0] != "tcp" {
			return s, false, "", nil
		}
		fields = fields[1:]
	}
	if len(fields) < 5 {
		return s, false, line, fmt.Errorf("%w: too few columns in %s", ErrLine, quote(line))
	}
	// Other protocols may share a listing without naming themselves.
	if fields[0] == "UNCONN" {
		return s, false, "", nil
	}
	rest := strings.Join(fields[5:], " ")
	s = Socket{State: ssState(fields[0]), User: ssUser(rest)}
	s.Command, s.PIDs = ssUsers(rest)
	at = fields[3] + " " + fields[4]
	if s.Local, err = parseAddress(fields[3]); err != nil {
		return s, false, at, err
	}
	if s.State != Listen {
		if s.Remote, err = parseAddress(fields[4]); err != nil {
			return s, false, at, err
		}
	}
	return s, true, at, nil
}

func ssState(s string) State {
	switch s {
	case "LISTEN":
		return Listen
	case "SYN-SENT":
		return Connecting
	case "ESTAB":
		return Established
	default:
		return Other
	}
}

// ssUsers reads users:(("name",pid=1,fd=2),("name",pid=3,fd=2)). A name may hold
// anything, so the process ids are looked for by what surrounds them.
func ssUsers(s string) (name string, pids []int) {
	_, s, found := strings.Cut(s, `users:(("`)
	if !found {
		return "", nil
	}
	for {
		before, after, found := strings.Cut(s, `",pid=`)
		if !found {
			return name, pids
		}
		digits, rest, _ := strings.Cut(after, ",")
		if pid, err := strconv.Atoi(digits); err == nil && pid >= 0 {
			if pids == nil {
				name = before
			}
			pids = append(pids, pid)
		}
		s = rest
	}
}

// ssUser reads what -e adds: uid:1000, which is left out for root.
func ssUser(s string) string {
	user := ""
	for field := range strings.FieldsSeq(s) {
		if uid, ok := strings.CutPrefix(field, "uid:"); ok {
			if _, err := strconv.ParseUint(uid, 10, 32); err == nil {
				return uid
			}
		}
		if strings.HasPrefix(field, "ino:") {
			user = "0"
		}
	}
	return user
}
