package ontchannel

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/node/forward"
	"github.com/ringmend/ringmend/node/wire"
)

// maxHeaders is the longest arg2 in bytes that is read.
const maxHeaders = 64 << 10

func badRequest(err error) error {
	return tchannel.NewWrappedSystemError(tchannel.ErrCodeBadRequest, err)
}

// read reads a call from outside. The error is a system error for the caller.
func (s *Service) read(call *tchannel.InboundCall) (*Request, error) {
	r := &Request{Endpoint: call.MethodString(), Format: call.Format(), options: call.CallOptions()}
	switch r.Format {
	case tchannel.JSON, tchannel.Thrift, tchannel.Raw:
	case "":
		r.Format = tchannel.Raw
	default:
		return nil, badRequest(fmt.Errorf("unknown arg scheme %q", r.Format))
	}
	arg2, err := readArg(call.Arg2Reader, maxHeaders)
	if err != nil {
		return nil, err
	}
	if r.Headers, err = decodeHeaders(r.Format, arg2); err != nil {
		return nil, badRequest(err)
	}
	if r.hops, err = takeHops(r.Headers); err != nil {
		return nil, badRequest(err)
	}
	r.Body, err = readArg(call.Arg3Reader, s.opts.MaxBody)
	return r, err
}

// readArg reads a whole argument of at most limit bytes.
func readArg(open func() (tchannel.ArgReader, error), limit int) ([]byte, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	arg, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	switch {
	case err != nil:
		return nil, err
	case len(arg) > limit:
		return nil, badRequest(fmt.Errorf("argument of more than %d bytes", limit))
	}
	return arg, r.Close()
}

// answer sends the answer to a call from outside.
func (s *Service) answer(call *tchannel.InboundCall, r *Response) error {
	to := call.Response()
	if r.ApplicationError {
		if err := to.SetApplicationError(); err != nil {
			return err
		}
	}
	arg2, err := encodeHeaders(call.Format(), r.Headers)
	if err == nil && len(r.Body) > s.opts.MaxBody {
		err = fmt.Errorf("answer of %d bytes, at most %d are allowed", len(r.Body), s.opts.MaxBody)
	}
	if err != nil {
		return to.SendSystemError(tchannel.NewWrappedSystemError(tchannel.ErrCodeUnexpected, err))
	}
	if err := tchannel.NewArgWriter(to.Arg2Writer()).Write(arg2); err != nil {
		return err
	}
	return tchannel.NewArgWriter(to.Arg3Writer()).Write(r.Body)
}

// errorResponse is the answer of a handler that has returned an error.
func errorResponse(err error) (*Response, error) {
	body, err := wire.MarshalError(err)
	return &Response{Body: body, ApplicationError: true}, err
}

// send makes one attempt at a request.
func (s *Service) send(ctx context.Context, address string, r *Request) (*Response, error) {
	call, err := s.begin(ctx, address, r)
	if err != nil {
		return nil, forward.NotRun(err)
	}
	headers := tchannel.InjectOutboundSpan(call.Response(), withHops(r.Headers, r.hops))
	s.forwarder.Inject(ctx, func(key, value string) { headers[key] = value })
	arg2, err := encodeHeaders(r.Format, headers)
	if err != nil {
		return nil, forward.Answered(badRequest(err))
	}
	if err := tchannel.NewArgWriter(call.Arg2Writer()).Write(arg2); err != nil {
		return nil, outcome(err)
	}
	if err := tchannel.NewArgWriter(call.Arg3Writer()).Write(r.Body); err != nil {
		return nil, outcome(err)
	}
	response, err := s.readAnswer(call.Response(), r.Format)
	return response, outcome(err)
}

// begin begins a call. If it fails nothing has been sent.
func (s *Service) begin(ctx context.Context, address string, r *Request) (*tchannel.OutboundCall, error) {
	options := &tchannel.CallOptions{Format: r.Format}
	if r.options != nil {
		*options = *r.options
		options.Format = r.Format
	}
	peer := s.peers.GetOrAdd(address)
	call, err := peer.BeginCall(ctx, s.opts.Service, r.Endpoint, options)
	if err == nil {
		return call, nil
	}
	if in, out := peer.NumConnections(); in+out == 0 {
		_ = s.peers.Remove(address) // or one is kept for every member that ever was
	}
	return nil, err
}

func (s *Service) readAnswer(from *tchannel.OutboundCallResponse, format tchannel.Format) (*Response, error) {
	arg2, err := readArg(from.Arg2Reader, maxHeaders)
	if err != nil {
		return nil, err
	}
	r := &Response{ApplicationError: from.ApplicationError()}
	if r.Body, err = readArg(from.Arg3Reader, s.opts.MaxBody); err != nil {
		return nil, err
	}
	if r.Headers, err = decodeHeaders(format, arg2); err != nil {
		return nil, forward.Answered(badRequest(err))
	}
	return r, nil
}

// outcome tells by the error of a call that was begun what became of it.
func outcome(err error) error {
	var system tchannel.SystemError
	if !errors.As(err, &system) {
		return err
	}
	switch system.Code() {
	case tchannel.ErrCodeTimeout:
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	case tchannel.ErrCodeBusy, tchannel.ErrCodeDeclined:
		return forward.NotRun(err)
	case tchannel.ErrCodeBadRequest, tchannel.ErrCodeUnexpected:
		return forward.Answered(err)
	}
	return err // the connection is lost
}
