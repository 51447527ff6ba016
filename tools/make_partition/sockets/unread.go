package sockets

import (
	"fmt"
	"strings"
)

// Unread is a line of a listing that is not understood.
type Unread struct {
	Line int   // the first one is 1
	Err  error // wraps [ErrLine]; one line
	// Listens and Command are as in [Socket], as far as they could be read.
	Listens bool
	Command string

	at string // the part of the line that has the addresses, or all of it
}

// Error returns what is wrong with the line, and which it is.
func (u *Unread) Error() string { return fmt.Sprintf("line %d is %v", u.Line, u.Err) }

// Unwrap returns Err.
func (u *Unread) Unwrap() error { return u.Err }

// Names reports whether one of the addresses in the line has a port from one to
// another, both included.
func (u *Unread) Names(from, to uint16) bool {
	rest := u.at
	for {
		colon := strings.IndexByte(rest, ':')
		if colon < 0 {
			return false
		}
		rest = rest[colon+1:]
		port, digits := 0, 0
		for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' && port <= 65535 {
			port = port*10 + int(rest[digits]-'0')
			digits++
		}
		// What goes on with a letter or a colon is a piece of an IPv6 address.
		ends := digits == len(rest) || strings.IndexByte(" \t\r\n-,;)", rest[digits]) >= 0
		if digits > 0 && ends && port >= int(from) && port <= int(to) {
			return true
		}
	}
}
