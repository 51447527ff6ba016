package onchannel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/node/wire"
)

// maxHeaders is the longest arg2 in bytes that is read.
const maxHeaders = 16 << 10

var noHeaders = []byte("{}")

// serve answers a call from outside, in a goroutine of the library's.
func (t *Transport) serve(ctx context.Context, call *tchannel.InboundCall) {
	if !t.start() {
		refuse(call, tchannel.ErrChannelClosed)
		return
	}
	defer t.running.Done()
	select {
	case t.slots <- struct{}{}:
	default:
		refuse(call, tchannel.ErrServerBusy)
		return
	}
	defer func() { <-t.slots }()

	body, err := t.request(call)
	if err != nil {
		refuse(call, err)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(t.ctx, cancel)()
	answer, err := t.handler(ctx, remoteAddr(call), call.MethodString(), body)
	if err == nil && len(answer) > t.opts.MaxBody {
		err = fmt.Errorf("answer of %d bytes, at most %d are allowed", len(answer), t.opts.MaxBody)
	}
	// When it cannot be sent, the caller is gone or its time is up, which the library knows.
	_ = sendAnswer(call, answer, err)
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

// request reads a call, of which the headers mean nothing to Ringpop.
func (t *Transport) request(call *tchannel.InboundCall) ([]byte, error) {
	switch call.Format() {
	case tchannel.JSON, tchannel.Raw, "":
	default:
		return nil, badRequest(fmt.Errorf("unknown arg scheme %q", call.Format()))
	}
	headers, err := readArg(call.Arg2Reader, maxHeaders)
	if err != nil {
		return nil, err
	}
	switch string(bytes.TrimSpace(headers)) {
	case "", "{}", "null":
	default:
		var object map[string]any
		if wire.Unmarshal(headers, &object) != nil {
			return nil, badRequest(errors.New("arg2 is not a JSON object"))
		}
	}
	return readArg(call.Arg3Reader, t.opts.MaxBody)
}

// readArg reads a whole argument of at most limit bytes.
func readArg(open func() (tchannel.ArgReader, error), limit int) ([]byte, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > limit:
		return nil, badRequest(fmt.Errorf("argument of more than %d bytes", limit))
	}
	return body, r.Close()
}

func badRequest(err error) error {
	return tchannel.NewWrappedSystemError(tchannel.ErrCodeBadRequest, err)
}

// refuse answers a call that the handler does not get.
func refuse(call *tchannel.InboundCall, reason error) { _ = call.Response().SendSystemError(reason) }

// sendAnswer sends the answer of the handler, in the scheme of the request.
func sendAnswer(call *tchannel.InboundCall, body []byte, refusal error) error {
	response := call.Response()
	if refusal != nil {
		if err := response.SetApplicationError(); err != nil {
			return err
		}
		var err error
		body, err = wire.MarshalError(refusal)
		if err != nil {
			return err
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
