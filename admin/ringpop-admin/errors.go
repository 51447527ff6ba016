package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/node/wire"
)

// The exit codes.
const (
	exitOK = 0
	// exitFailed is for everything that went wrong, and for commands that found what
	// they looked for: a difference, a collision.
	exitFailed = 1
	exitUsage  = 2
)

// errFound ends a command with exitFailed that printed what it was to find. It is
// not reported.
var errFound = errors.New("found")

// usagef returns an error about a command line that is not understood.
func usagef(format string, args ...any) error { return cli.Usage(fmt.Errorf(format, args...)) }

// clusterVariable names the discovery URIs that are used when the command line has none.
const clusterVariable = "RINGPOP_ADMIN_CLUSTER"

func parseDiscoveries(args []string) (admin.Discoveries, error) {
	if len(args) == 0 {
		args = strings.Fields(os.Getenv(clusterVariable))
	}
	where, err := admin.ParseDiscoveries(args)
	if err != nil {
		return nil, cli.Usage(err)
	}
	return where, nil
}

func parseNode(arg string) (wire.Address, error) {
	node, err := admin.ParseNode(arg)
	if err != nil {
		return "", cli.Usage(err)
	}
	return node, nil
}

// exitCode returns what an error ends the program with.
func (p *program) exitCode(err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, cli.ErrUsage) || !p.running:
		return exitUsage
	default:
		return exitFailed
	}
}

// message returns the text for an error. Where the original has words of its own
// for an error they are kept, because scripts look for them.
func message(err error) string {
	switch {
	case errors.Is(err, admin.ErrNoURI):
		return "discoveryUri is required"
	case errors.Is(err, admin.ErrNotIPPort):
		return "Expected an ip:port, hostnames are not allowed without a port."
	default:
		return err.Error()
	}
}

// unreachableError says that not one node answered.
type unreachableError struct {
	failed    []admin.Node
	elsewhere string // see program.elsewhere
}

// unreachable returns the error about nodes of which none answered.
func (p *program) unreachable(failed []admin.Node) error {
	e := &unreachableError{failed: failed}
	if node := failed[0]; p.elsewhere != nil && len(failed) == 1 && errors.Is(node.Err, syscall.ECONNREFUSED) && isLoopback(node.Address) {
		e.elsewhere = p.elsewhere(node.Address)
	}
	return e
}

// Error implements error.
func (e *unreachableError) Error() string {
	if len(e.failed) > 1 {
		list := render.FailedNodes(&admin.Cluster{Nodes: e.failed})
		return fmt.Sprintf("None of the %d hosts answered.\n%s", len(e.failed), strings.TrimSuffix(list, "\n"))
	}
	node := e.failed[0]
	text := fmt.Sprintf("Failed to connect to ringpop listening on %s", node.Address)
	switch {
	case !isRefusal(node.Err):
		return text + ": " + render.Reason(node)
	case e.elsewhere != "":
		return fmt.Sprintf("%s. Ringpop ordinarily does not listen on the loopback interface. Try a different IP address. Something listens on %s.",
			text, e.elsewhere)
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

// oneError returns the error for a node that was the only one to be called, nil if
// there is none: one that was reached, and then refused, says so better itself.
func (p *program) oneError(node wire.Address, err error) error {
	if call, ok := errors.AsType[*admin.CallError](err); ok && call.Unreached() {
		return p.unreachable([]admin.Node{{Address: node, Err: err}})
	}
	return err
}

// isRefusal reports whether the connection failed. All other reasons are worth
// telling.
func isRefusal(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	_, isName := errors.AsType[*net.DNSError](err)
	return ok && op.Op == "dial" && !isName
}

// isLoopback reports whether an address is one that means this machine.
func isLoopback(a wire.Address) bool {
	at, err := netip.ParseAddrPort(string(a))
	return err == nil && at.Addr().IsLoopback() || a.Host() == "localhost"
}

// elsewhereTimeout is more than a machine takes to connect to itself.
const elsewhereTimeout = 200 * time.Millisecond

// listensElsewhere returns an address of this machine, other than those of the
// loopback interface, at which something listens on the port of a.
func listensElsewhere(a wire.Address) string {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), elsewhereTimeout)
	defer cancel()
	_, port, _ := net.SplitHostPort(string(a))
	var dialer net.Dialer
	for _, address := range addresses {
		network, ok := address.(*net.IPNet)
		if !ok || network.IP.IsLoopback() || network.IP.IsLinkLocalUnicast() {
			continue
		}
		other := net.JoinHostPort(network.IP.String(), port)
		if conn, err := dialer.DialContext(ctx, "tcp", other); err == nil {
			_ = conn.Close() // nothing was sent
			return other
		}
	}
	return ""
}
