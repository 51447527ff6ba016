package tchan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/node/wire"
)

// connShare is the part of MaxInFlight that one connection may use: a quarter.
const connShare = 4

var errBadHeaders = errors.New("arg2 is not a JSON object")

// serve answers one call from outside; the library runs it on a goroutine of
// its own.
func (t *Transport) serve(ctx context.Context, call *tchannel.InboundCall) {
	if !t.start() {
		t.refuse(call, tchannel.ErrChannelClosed)
		return
	}
	defer t.running.Done()

	lease := lease{from: &t.buffered}
	defer lease.release()
	handler, body, err := t.request(call, &lease)
	if err != nil {
		t.refuse(call, err)
		return
	}
	conn := call.Connection().(*guardedConn)
	if !t.enter(conn) {
		t.refuse(call, tchannel.ErrServerBusy)
		return
	}
	defer t.leave(conn)
	answer, err := handler(ctx, remoteAddr(conn), call.MethodString(), body)
	if err == nil && len(answer) > t.opts.MaxBody {
		err = fmt.Errorf("answer of %d bytes, at most %d are allowed", len(answer), t.opts.MaxBody)
	}
	t.answer(call, answer, err)
}

// start reports whether a call may still be handled, and counts it if so.
func (t *Transport) start() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.running.Add(1)
	}
	return !t.closed
}

// enter counts a handler that is about to run, if there may be one more. Requests
// that are still being sent do not count: they cost little, and may take long on
// purpose.
func (t *Transport) enter(conn *guardedConn) bool {
	limit := int64(t.opts.MaxInFlight)
	ours, theirs := t.inFlight.Add(1), conn.inFlight.Add(1)
	if ours <= limit && theirs <= max(limit/connShare, 1) {
		return true
	}
	t.leave(conn)
	return false
}

func (t *Transport) leave(conn *guardedConn) {
	t.inFlight.Add(-1)
	conn.inFlight.Add(-1)
}

// request checks whom the call is for and reads it. Calls can come before
// Listen, over connections that we made.
func (t *Transport) request(call *tchannel.InboundCall, l *lease) (Handler, []byte, error) {
	handler := t.handler.Load()
	if handler == nil || call.ServiceName() != t.opts.Service {
		return nil, nil, badRequest(fmt.Errorf("no handler for service %q", call.ServiceName()))
	}
	switch call.Format() {
	case tchannel.JSON, tchannel.Raw, "":
	default:
		return nil, nil, badRequest(fmt.Errorf("unknown arg scheme %q", call.Format()))
	}
	headers, err := readArg(call.Arg2Reader, maxHeaders, l)
	if err != nil {
		return nil, nil, err
	}
	if !validHeaders(headers) {
		return nil, nil, badRequest(errBadHeaders)
	}
	body, err := readArg(call.Arg3Reader, t.opts.MaxBody, l)
	return *handler, body, err
}

// validHeaders says whether arg2 is what JSON peers send: an object, null or
// nothing. The headers themselves mean nothing to Ringpop.
func validHeaders(arg2 []byte) bool {
	switch string(bytes.TrimSpace(arg2)) {
	case "", "{}", "null":
		return true
	default:
		var object map[string]any
		return wire.Unmarshal(arg2, &object) == nil
	}
}

func badRequest(err error) error {
	return tchannel.NewWrappedSystemError(tchannel.ErrCodeBadRequest, err)
}

// refuse answers a call that never reached the handler. Where reading the call
// failed because the caller is gone or its time is up, the library already knows
// and nothing is sent.
func (t *Transport) refuse(call *tchannel.InboundCall, reason error) {
	t.opts.Logger.Debug("call refused", "endpoint", call.MethodString(),
		"from", call.Connection().RemoteAddr(), "reason", reason)
	if err := call.Response().SendSystemError(reason); err != nil {
		t.opts.Logger.Debug("refusal not sent", "endpoint", call.MethodString(), "error", err)
	}
}

// answer sends the answer of a handler, in the scheme of the request.
func (t *Transport) answer(call *tchannel.InboundCall, body []byte, refusal error) {
	if err := sendAnswer(call, body, refusal); err != nil {
		// The caller is gone or its time is up; the library has ended the call.
		t.opts.Logger.Debug("answer not sent", "endpoint", call.MethodString(), "error", err)
	}
}

func sendAnswer(call *tchannel.InboundCall, body []byte, refusal error) error {
	response := call.Response()
	if refusal != nil {
		if err := response.SetApplicationError(); err != nil {
			return err
		}
		var err error
		body, err = wire.Marshal(wire.ErrorResponse{
			Type: "error", Message: strings.ToValidUTF8(refusal.Error(), "\uFFFD"),
		})
		if err != nil {
			return fmt.Errorf("encode error: %w", err)
		}
	}
	var headers []byte
	if call.Format() == tchannel.JSON {
		headers = noHeaders
	}
	if err := tchannel.NewArgWriter(response.Arg2Writer()).Write(headers); err != nil {
		return err
	}
	return tchannel.NewArgWriter(response.Arg3Writer()).Write(body)
}

// connContext is the parent of the contexts of all calls that come over a connection.
func (t *Transport) connContext(context.Context, net.Conn) context.Context { return t.ctx }

// remoteAddr returns the network address of the other side of a connection.
func remoteAddr(conn net.Conn) netip.AddrPort {
	if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		return tcp.AddrPort()
	}
	return netip.AddrPort{}
}
