package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/node/wire"
)

// errFound ends a command with exit code 1 that printed what it was to find. It is
// not reported.
var errFound = errors.New("found")

// message returns the text for an error. Where the original has words of its own
// for an error they are kept to the letter, because scripts look for them.
func message(err error) string {
	switch {
	case errors.Is(err, admin.ErrNoURI):
		return "discoveryUri is required"
	case errors.Is(err, admin.ErrNotIPPort):
		return "Expected an ip:port, hostnames are not allowed."
	default:
		return err.Error()
	}
}

// unreachableError says that not one node answered.
type unreachableError struct{ failed []admin.Node }

// Error implements error.
func (e *unreachableError) Error() string {
	if len(e.failed) > 1 {
		list := render.FailedNodes(&admin.Cluster{Nodes: e.failed})
		return fmt.Sprintf("None of the %d hosts answered.\n%s", len(e.failed), strings.TrimSuffix(list, "\n"))
	}
	node := e.failed[0]
	text := fmt.Sprintf("Failed to connect to ringpop listening on %s", node.Address)
	switch {
	case !isDialError(node.Err):
		return text + ": " + render.Reason(node)
	case isLoopback(node.Address):
		return text + ". Ringpop ordinarily does not listen on the loopback interface. Try a different IP address."
	default:
		return text + "."
	}
}

// Unwrap returns why the nodes failed.
func (e *unreachableError) Unwrap() []error {
	var all []error
	for _, n := range e.failed {
		all = append(all, n.Err)
	}
	return all
}

// oneError returns the error for a node that was the only one to be called: one
// that was reached, and then refused, says so better itself.
func oneError(node wire.Address, err error) error {
	if unreached(err) {
		return &unreachableError{[]admin.Node{{Address: node, Err: err}}}
	}
	return err
}

// unreached reports whether a call failed before the node said anything.
func unreached(err error) bool { return isDialError(err) || errors.Is(err, admin.ErrTimeout) }

// isDialError reports whether nobody is there. When somebody is, the address is
// right, and what is wrong deserves to be told.
func isDialError(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

func isLoopback(a wire.Address) bool {
	at, err := netip.ParseAddrPort(string(a))
	return err == nil && at.Addr().IsLoopback()
}
