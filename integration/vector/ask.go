package vector

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/uber/tchannel-go"
	"github.com/uber/tchannel-go/raw"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// caller returns the node in whose name a call is made: protocol calls come from a live
// member, or from a stranger if there is none; other calls have no particular source.
func (s *session) caller(endpoint, from string) (*fake, error) {
	switch {
	case from != "":
		return s.fakeOf(from)
	case !strings.HasPrefix(endpoint, "/protocol/"):
		return nil, nil
	case len(s.fakes) > 0:
		return s.believed(), nil
	}
	return s.stranger("x")
}

// believed returns the first member that the node was not told to be dead: what
// others say may be taken in another way.
func (s *session) believed() *fake {
	for _, f := range s.fakes {
		spec := s.vector.Members["$"+f.name]
		if spec == nil || spec.Status != "faulty" && spec.Status != "tombstone" {
			return f
		}
	}
	return s.fakes[0]
}

// ask calls the node in the name of a fake, or of no member.
func (s *session) ask(ctx context.Context, from *fake, endpoint string, body []byte) ([]byte, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, defaultPatience)
		defer cancel()
	}
	if from != nil {
		return from.call(ctx, endpoint, body)
	}
	return s.client.Call(ctx, s.sut.address, endpoint, body)
}

// askRaw calls the node with "as: raw", as tools do.
func (s *session) askRaw(ctx context.Context, endpoint string, body []byte) ([]byte, error) {
	ch, err := tchannel.NewChannel("ringpop-admin", nil)
	if err != nil {
		return nil, fmt.Errorf("raw call: %w", err)
	}
	defer ch.Close()
	_, answer, response, err := raw.Call(ctx, ch, s.sut.address, wire.Service, endpoint, nil, body)
	if err != nil {
		return nil, err
	}
	if !response.ApplicationError() {
		return answer, nil
	}
	decoded, err := decodeJSON(answer)
	if err == nil {
		err = s.bodies.check("error", decoded)
	}
	if err != nil {
		return nil, fmt.Errorf("the node's error of %s violates the schema: %w: %.300s", endpoint, err, answer)
	}
	return nil, &tchan.RemoteError{Message: string(answer)}
}

// isRefusal reports whether the node has answered with an error, be it of the
// endpoint or of TChannel.
func isRefusal(err error) bool {
	if err == nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return false
	}
	var remote *tchan.RemoteError
	if errors.As(err, &remote) {
		return true
	}
	var system *tchan.SystemError
	if !errors.As(err, &system) {
		return false
	}
	switch system.Code {
	case tchan.CodeBadRequest, tchan.CodeBusy, tchan.CodeDeclined, tchan.CodeUnexpected, tchan.CodeProtocol:
		return true
	}
	return false
}

// checkAnswer decodes an answer of the node and checks it against its schema.
func (s *session) checkAnswer(endpoint string, data []byte) (any, error) {
	answer, err := s.decodeAnswer(endpoint, data)
	if err == nil {
		if schema, ok := answerSchemas[endpoint]; ok {
			err = s.bodies.check(schema, answer)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the node's answer of %s violates the schema: %w: %.300s", endpoint, err, data)
	}
	return answer, nil
}

// decodeAnswer decodes an answer. Those of ringpop-node's commands are plain
// text or nothing, which count as a string and null.
func (s *session) decodeAnswer(endpoint string, data []byte) (any, error) {
	v, err := decodeJSON(data)
	if err == nil || s.flavour != swim.FlavourNode || strings.HasPrefix(endpoint, "/protocol/") {
		return v, err
	}
	if len(data) == 0 {
		return nil, nil
	}
	return string(data), nil
}
