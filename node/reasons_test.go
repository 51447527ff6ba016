package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/transport"
	"github.com/ringmend/ringmend/node/wire"
)

// dialError is the error of a connection that could not be made.
func dialError(err error) error {
	return fmt.Errorf("call: %w", &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", err)})
}

func refusedWith(text string) error {
	return understood(fmt.Errorf("call: %w", &tchan.RemoteError{Message: text}))
}

func TestReasonsAreInWords(t *testing.T) {
	unresolved := func(err error) error { return fmt.Errorf("%w: %w", discovery.ErrUnresolved, err) }
	for _, test := range []struct {
		err  error
		want string
	}{
		{dialError(syscall.ECONNREFUSED), "connection refused"},
		{dialError(syscall.EHOSTUNREACH), "host unreachable"},
		{dialError(syscall.ECONNRESET), "connection lost"},
		{fmt.Errorf("call: %w", context.DeadlineExceeded), "no answer in time"},
		{fmt.Errorf("call: %w: %w", transport.ErrNoRoom, context.DeadlineExceeded), "this program has no descriptor left for a connection"},
		{unresolved(&net.DNSError{Err: "no such host", IsNotFound: true}), "name does not resolve"},
		{unresolved(&net.DNSError{Err: "server misbehaving", IsTemporary: true}), "no answer from the name server"},
		{unresolved(context.DeadlineExceeded), "no answer from the name server"},
		{fmt.Errorf("%w: x", discovery.ErrHosts), "not host:port"},
		{fmt.Errorf("%w: x", swim.ErrOtherApp), "node of another app"},
		{fmt.Errorf("%w: x", swim.ErrOtherNode), "another node answers"},
		{fmt.Errorf("%w: x", swim.ErrAddressTaken), "another node with the address of this one"},
		{fmt.Errorf("%w: x", wire.ErrInvalid), "invalid answer"},
		// What peers say: ringmend, ringpop-go and ringpop-node.
		{refusedWith(swim.ErrNotReady.Error()), "not ready"},
		{refusedWith(swim.ErrOtherApp.Error() + `: this is "b", not "a"`), "node of another app"},
		{refusedWith("A node tried joining a different app cluster. The expected app, b, did not match the actual app ,a"), "node of another app"},
		{refusedWith("A node tried joining a different app cluster. The expected app (b) did not match the actual app (a)."), "node of another app"},
		{refusedWith(swim.ErrOwnAddress.Error() + ": 127.0.0.1:3000 (node x) cannot join itself"), "another node with the address of this one"},
		{refusedWith("A node tried joining a cluster by attempting to join itself. The node ,a, must join someone else."), "another node with the address of this one"},
		{refusedWith("Node is currently configured to deny joins"), `refuses with "Node is currently configured to deny joins"`},
		{errors.New(strings.Repeat("x", 300)), strings.Repeat("x", longestReason) + "…"},
	} {
		if got := reasonWords(test.err); got != test.want {
			t.Errorf("%v: %q, want %q", test.err, got, test.want)
		}
	}
}

// What a peer means by its refusal can be told with errors.Is, and its text is kept.
func TestRefusalsAreUnderstood(t *testing.T) {
	err := refusedWith(swim.ErrOtherApp.Error() + `: this is "b"`)
	var remote *tchan.RemoteError
	if !errors.Is(err, swim.ErrOtherApp) || !errors.As(err, &remote) || errors.Is(err, swim.ErrNotReady) || !strings.Contains(err.Error(), `this is "b"`) {
		t.Errorf("%v", err)
	}
	if ReasonOf(err) != wire.ReasonRejected {
		t.Errorf("counted as %s", ReasonOf(err))
	}
	if err := understood(fmt.Errorf("call: %w", transport.ErrNoRoom)); !errors.Is(err, swim.ErrStarved) {
		t.Errorf("%v says something about the peer", err)
	}
	if err := understood(syscall.ECONNREFUSED); err != syscall.ECONNREFUSED {
		t.Errorf("another error became %v", err)
	}
}

// The line is bounded, and what is rare is not hidden behind what is frequent.
func TestReasonsAreALine(t *testing.T) {
	var errs swim.HostErrors
	add := func(n int, err error) {
		for range n {
			a := wire.Address(fmt.Sprintf("10.0.%d.1:3000", len(errs)))
			errs = append(errs, swim.HostError{Host: string(a), Address: a, Err: err})
		}
	}
	if got := reasons(nil); got != "" {
		t.Errorf("no reasons are %q", got)
	}
	add(2, dialError(syscall.ECONNREFUSED))
	errs = append(errs, swim.HostError{Host: "db-3.internal:3000", Address: "10.0.0.3:3000", Err: context.DeadlineExceeded})
	errs = append(errs, swim.HostError{Host: "db-4.internal:3000", Err: discovery.ErrHosts})
	want := "connection refused: 10.0.0.1:3000, 10.0.1.1:3000; no answer in time: db-3.internal:3000 (10.0.0.3:3000); not host:port: db-4.internal:3000"
	if got := reasons(errs); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	add(1000, dialError(syscall.ECONNREFUSED))
	for i := range 10 {
		add(1, errors.New(fmt.Sprint("reason ", i)))
	}
	got := reasons(errs)
	if !strings.HasPrefix(got, "connection refused: 10.0.0.1:3000, 10.0.1.1:3000, 10.0.4.1:3000 and 999 more; no answer in time: ") ||
		!strings.HasSuffix(got, "; 8 more for other reasons") || len(got) > 500 || strings.Contains(got, "\n") {
		t.Error(got)
	}
}
