package sockets

import (
	"errors"
	"net/netip"
	"slices"
)

// Errors about the input as a whole. They are wrapped with details.
var (
	// ErrEmpty says that the input has no text at all.
	ErrEmpty = errors.New("the input is empty")
	// ErrFormat says that the input is not from a program that is understood, or
	// not in the form that is needed.
	ErrFormat = errors.New("the input is neither from lsof -Pnni nor from ss -tnapH")
	// ErrLine says that a line among others is not understood.
	ErrLine = errors.New("not as lsof -Pnni and ss -tnapH write it")
	// ErrPermission says that the sockets may not be looked at.
	ErrPermission = errors.New("no permission")
)

// State is the part of a TCP socket's state that matters here.
type State uint8

// The states. All that are neither listening, connecting nor connected are
// Other: they carry no traffic that a cut would have to stop.
const (
	Other State = iota
	Listen
	Connecting
	Established
)

// String returns the state as lsof writes it.
func (s State) String() string {
	switch s {
	case Listen:
		return "LISTEN"
	case Connecting:
		return "SYN_SENT"
	case Established:
		return "ESTABLISHED"
	default:
		return "OTHER"
	}
}

// Socket is one end of a connection, or a listener.
type Socket struct {
	State State
	// Local is the socket's own address. A listener on all addresses has an
	// unspecified one. IPv4 in IPv6 clothes is always undressed.
	Local netip.AddrPort
	// Remote is the zero value for a listener.
	Remote netip.AddrPort
	// PIDs are the processes that have the socket open, ascending: more than one
	// after a fork, none when the owner cannot be seen.
	PIDs []int
	// Command is the name of the first of these processes, as far as the source
	// of the facts tells it (lsof shortens it to 9 bytes).
	Command string
	// User is the name or number of the user who owns the socket, "" if unknown.
	User string
}

// OwnedBy reports whether any of the processes has the socket open.
func (s *Socket) OwnedBy(pids []int) bool {
	return slices.ContainsFunc(s.PIDs, func(pid int) bool { return slices.Contains(pids, pid) })
}

// Table is the sockets of a machine in the order in which they were told.
type Table []Socket

// Listeners returns the listening sockets.
func (t Table) Listeners() Table {
	return slices.DeleteFunc(slices.Clone(t), func(s Socket) bool { return s.State != Listen })
}

// identity is what makes two lines speak of the same socket: a socket shared by
// processes has a line for each in lsof's output.
type identity struct {
	state         State
	local, remote netip.AddrPort
}

// merged returns the table with one entry per socket.
func (t Table) merged() Table {
	seen := make(map[identity]int, len(t))
	out := t[:0]
	for _, s := range t {
		id := identity{s.State, s.Local, s.Remote}
		if i, ok := seen[id]; ok {
			out[i].PIDs = append(out[i].PIDs, s.PIDs...)
			continue
		}
		seen[id] = len(out)
		out = append(out, s)
	}
	for i := range out {
		slices.Sort(out[i].PIDs)
		out[i].PIDs = slices.Compact(out[i].PIDs)
	}
	return out
}
