package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// DefaultTimeout is how long a node may take to answer one call. It is as
// generous as Ringpop's ping-req: a node under load still answers.
const DefaultTimeout = 5 * time.Second

// ErrTimeout is wrapped by the errors of calls that were not answered in time.
var ErrTimeout = errors.New("no answer in time")

// ErrAnswer is wrapped by the errors about answers that cannot be believed.
var ErrAnswer = errors.New("bad answer")

// A Caller makes one call to the Ringpop node at an address and returns the body
// of its answer. It must return soon after ctx ends, and must be safe for
// concurrent use. *tchan.Transport is one.
type Caller interface {
	Call(ctx context.Context, address, endpoint string, body []byte) ([]byte, error)
}

// Client calls the admin endpoints of nodes. It keeps no state between calls and
// is safe for concurrent use. The error of every method is a *[CallError].
type Client struct {
	caller  Caller
	timeout time.Duration
}

// CallError says which call failed, and why: Err wraps [ErrTimeout] when the
// node did not answer in time, [ErrAnswer] when its answer is not one of
// Ringpop, and is otherwise the error of the [Caller] or of the context.
type CallError struct {
	Node     wire.Address
	Endpoint string
	Err      error
}

// Error implements error.
func (e *CallError) Error() string {
	return fmt.Sprintf("calling %s of %s: %s", e.Endpoint, e.Node, e.Reason())
}

// Unwrap returns the reason.
func (e *CallError) Unwrap() error { return e.Err }

// Reason returns why the call failed in few words, for tables that name the node
// elsewhere. It may hold text that the node sent.
func (e *CallError) Reason() string {
	if remote, ok := errors.AsType[*tchan.RemoteError](e.Err); ok {
		return "refused: " + remote.Message
	}
	if errno, ok := errors.AsType[syscall.Errno](e.Err); ok {
		return errno.Error()
	}
	if dns, ok := errors.AsType[*net.DNSError](e.Err); ok {
		return dns.Err
	}
	if errors.Is(e.Err, io.EOF) {
		return "closed the connection"
	}
	// The transport names the call as well.
	return strings.TrimPrefix(e.Err.Error(), fmt.Sprintf("call %s of %s: ", e.Endpoint, e.Node))
}

// NewClient returns a client that calls through c and gives each call at most
// timeout, or [DefaultTimeout] when timeout is not positive.
func NewClient(c Caller, timeout time.Duration) *Client {
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	return &Client{caller: c, timeout: timeout}
}

// noArguments is the body of calls that take none: Ringpop's nodes want a JSON
// value in any case.
var noArguments = []byte("null")

// call sends args, or no arguments when args is nil, and decodes the answer into
// answer unless that is nil.
func (c *Client) call(ctx context.Context, node wire.Address, endpoint string, args, answer any) error {
	err := c.exchange(ctx, node, endpoint, args, answer)
	if err != nil {
		return &CallError{Node: node, Endpoint: endpoint, Err: err}
	}
	return nil
}

// callOurs is call, for an endpoint that only nodes of ringmend have. The error of others wraps
// [wire.ErrNoEndpoint].
func (c *Client) callOurs(ctx context.Context, node wire.Address, endpoint string, args, answer any) error {
	err := c.call(ctx, node, endpoint, args, answer)
	if err != nil && lacksEndpoint(err) {
		return &CallError{Node: node, Endpoint: endpoint, Err: wire.ErrNoEndpoint}
	}
	return err
}

// lacksEndpoint tells that a node does not have an endpoint, in the words of all programs.
func lacksEndpoint(err error) bool {
	return errors.Is(err, wire.ErrNoEndpoint) ||
		strings.Contains(err.Error(), "no such endpoint") || strings.Contains(err.Error(), "no handler for service")
}

func (c *Client) exchange(ctx context.Context, node wire.Address, endpoint string, args, answer any) error {
	body := noArguments
	if args != nil {
		var err error
		if body, err = wire.Marshal(args); err != nil {
			return fmt.Errorf("encoding the arguments: %w", err)
		}
	}
	body, err := c.send(ctx, node, endpoint, body)
	if err != nil || answer == nil {
		return err
	}
	if err := wire.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return nil
}

// send sends a body as it is, and returns the answer as it is.
func (c *Client) send(ctx context.Context, node wire.Address, endpoint string, body []byte) ([]byte, error) {
	within, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	answer, err := c.caller.Call(within, string(node), endpoint, body)
	switch {
	case err == nil:
		return answer, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case within.Err() != nil:
		return nil, fmt.Errorf("%w (%v)", ErrTimeout, c.timeout)
	}
	return nil, err
}

// badAnswer is the error about an answer that is well-formed and still wrong.
func badAnswer(node wire.Address, endpoint string, err error) error {
	return &CallError{Node: node, Endpoint: endpoint, Err: fmt.Errorf("%w: %w", ErrAnswer, err)}
}
