package forward

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/uber/tchannel-go"
	"github.com/uber/tchannel-go/raw"
	"github.com/uber/tchannel-go/thrift"

	"github.com/uber/ringpop-go/shared"
)

// Why a request is given up, with ringpop-go's texts.
var (
	errDestinationsDiverged = errors.New("key destinations have diverged")
	errMaxRetries           = errors.New("max retries exceeded")
	errTimedOut             = errors.New("request timed out")
)

// requestSender sends one request, as often as it takes.
type requestSender struct {
	forwarder         *Forwarder
	request           []byte
	destination       string
	service, endpoint string
	keys              []string
	format            tchannel.Format
	opts              Options
}

func (s *requestSender) send() ([]byte, error) {
	for retries := 0; ; retries++ {
		answer, answered, err := s.try()
		switch {
		case answered:
			if retries > 0 && err == nil {
				s.forwarder.EmitEvent(RetrySuccessEvent{retries})
			}
			return answer, err
		case errors.Is(err, errTimedOut):
			return nil, err
		case retries >= s.opts.MaxRetries:
			s.forwarder.EmitEvent(MaxRetriesEvent{s.opts.MaxRetries})
			return nil, errMaxRetries
		}
		if err := s.prepareRetry(retries); err != nil {
			s.forwarder.EmitEvent(RetryAbortEvent{err.Error()})
			return nil, err
		}
	}
}

// try makes one call. answered is set when the other side's handler has answered, with an
// error perhaps.
func (s *requestSender) try() (answer []byte, answered bool, err error) {
	ctx, cancel := s.context()
	defer cancel()
	type result struct {
		answer   []byte
		answered bool
		err      error
	}
	done := make(chan result, 1)
	go func() {
		answer, answered, err := s.call(ctx)
		done <- result{answer, answered, err}
	}()
	select {
	case r := <-done:
		return r.answer, r.answered, r.err
	case <-ctx.Done():
		return nil, false, errTimedOut
	}
}

func (s *requestSender) context() (thrift.Context, context.CancelFunc) {
	if s.opts.Ctx == nil {
		return shared.NewTChannelContext(s.opts.Timeout)
	}
	ctx, cancel := context.WithTimeout(s.opts.Ctx, s.opts.Timeout)
	return tchannel.Wrap(ctx), cancel
}

func (s *requestSender) call(ctx thrift.Context) (answer []byte, answered bool, err error) {
	peer := s.forwarder.channel.Peers().GetOrAdd(s.destination)
	call, err := peer.BeginCall(ctx, s.service, s.endpoint, &tchannel.CallOptions{Format: s.format})
	if err != nil {
		return nil, false, err
	}
	_, answer, response, err := raw.WriteArgs(call, s.headers(), s.request)
	switch {
	case err != nil:
		return nil, false, err
	case response.ApplicationError() && s.format != tchannel.Thrift:
		return nil, true, applicationError(answer)
	}
	return answer, true, nil // of a Thrift call an exception, too
}

// applicationError returns what the handler of a JSON call has said.
func applicationError(answer []byte) error {
	var said struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(answer, &said) != nil || said.Message == "" {
		return errors.New(string(answer))
	}
	return errors.New(said.Message)
}

// headers returns the second argument of the call: of a Thrift call without headers, that
// there are none.
func (s *requestSender) headers() []byte {
	if s.opts.Headers == nil && s.format == tchannel.Thrift {
		return []byte{0, 0}
	}
	return s.opts.Headers
}

// prepareRetry waits, and then finds out where the request goes now.
func (s *requestSender) prepareRetry(retries int) error {
	if schedule := s.opts.RetrySchedule; len(schedule) > 0 {
		time.Sleep(schedule[min(retries, len(schedule)-1)])
	}
	s.forwarder.EmitEvent(RetryAttemptEvent{})
	owners := s.owners()
	switch {
	case len(owners) != 1:
		return errDestinationsDiverged
	case s.opts.RerouteRetries && owners[0] != s.destination:
		s.forwarder.EmitEvent(RerouteEvent{s.destination, owners[0]})
		s.destination = owners[0]
	}
	return nil
}

// owners returns the nodes that own the keys, each once. A key without an owner does not
// count.
func (s *requestSender) owners() []string {
	var owners []string
	for _, key := range s.keys {
		if owner, err := s.forwarder.sender.Lookup(key); err == nil && !slices.Contains(owners, owner) {
			owners = append(owners, owner)
		}
	}
	return owners
}
