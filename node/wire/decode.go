package wire

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// DecodeRequest decodes and checks the body of a call to a protocol endpoint.
// It is strict: one bad change makes the whole body invalid. The sender gets the
// error, and nothing of the message is applied.
func DecodeRequest(endpoint string, body []byte) (Request, error) {
	request, err := decodeRequest(endpoint, body)
	if err == nil {
		err = checkRequest(request)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", endpoint, err)
	}
	return request, nil
}

func decodeRequest(endpoint string, body []byte) (request Request, err error) {
	switch endpoint {
	case EndpointJoin:
		request = new(JoinRequest)
	case EndpointPing:
		if quiet, ok := decodeQuietPing(body); ok {
			return quiet, nil
		}
		request = new(Ping)
	case EndpointPingReq:
		request = new(PingRequest)
	case EndpointResolveState:
		request = new(ResolveRequest)
	default:
		return nil, fmt.Errorf("%w: no protocol endpoint", ErrInvalid)
	}
	return request, unmarshalBody(body, request, new(changeReader))
}

// DecodeResponse decodes and checks the answer of a call to a protocol
// endpoint. Bad changes in it are left out and counted: the rest of the peer's
// view is still useful, and an answer cannot be refused to its sender.
func DecodeResponse(endpoint string, body []byte) (response Response, skipped int, err error) {
	switch endpoint {
	case EndpointJoin:
		response = new(JoinResponse)
	case EndpointPing:
		if quiet, ok := decodeQuietPing(body); ok {
			return quiet, 0, nil
		}
		response = new(Ping)
	case EndpointPingReq:
		response = new(PingRequestResponse)
	case EndpointResolveState:
		response = new(ResolveResponse)
	default:
		return nil, 0, fmt.Errorf("%w: no protocol endpoint %q", ErrInvalid, endpoint)
	}
	reader := &changeReader{skipBad: true}
	if err := unmarshalBody(body, response, reader); err != nil {
		return nil, 0, fmt.Errorf("answer of %s: %w", endpoint, err)
	}
	if r, ok := response.(*ResolveResponse); ok {
		if err := r.check(); err != nil {
			return nil, 0, fmt.Errorf("answer of %s: %w", endpoint, err)
		}
	}
	return response, reader.skipped, nil
}

func unmarshalBody(body []byte, into any, changes *changeReader) error {
	if len(body) > MaxBody {
		return fmt.Errorf("%w: body of %d bytes, at most %d are allowed", ErrInvalid, len(body), MaxBody)
	}
	// A null would leave the body empty without an error.
	if jsontext.Value(body).Kind() != '{' {
		return fmt.Errorf("%w: body is not an object", ErrInvalid)
	}
	option := json.WithUnmarshalers(json.UnmarshalFromFunc(changes.read))
	if err := json.Unmarshal(body, into, option); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

func checkRequest(request Request) error {
	switch r := request.(type) {
	case *JoinRequest:
		return errors.Join(
			checkSource(r.Source, r.Incarnation),
			checkLabels(r.Labels))
	case *Ping:
		return checkSource(r.Source, r.SourceIncarnation)
	case *PingRequest:
		if r.Target == "" {
			return fmt.Errorf("%w: no target", ErrInvalid)
		}
		return checkSource(r.Source, r.SourceIncarnation)
	case *ResolveRequest:
		return r.check()
	}
	return nil
}

func checkSource(source Address, incarnation int64) error {
	if source == "" {
		return fmt.Errorf("%w: no source", ErrInvalid)
	}
	if incarnation < 0 || incarnation > MaxIncarnation {
		return fmt.Errorf("%w: source incarnation %d", ErrInvalid, incarnation)
	}
	return nil
}

func checkLabels(labels map[string]string) error {
	if len(labels) > MaxLabels {
		return fmt.Errorf("%w: %d labels, at most %d are allowed", ErrInvalid, len(labels), MaxLabels)
	}
	for key, value := range labels {
		if len(key) > MaxLabelKey || len(value) > MaxLabelValue {
			return fmt.Errorf("%w: label of %d and %d bytes, at most %d and %d are allowed",
				ErrInvalid, len(key), len(value), MaxLabelKey, MaxLabelValue)
		}
	}
	return nil
}

// UnmarshalText implements encoding.TextUnmarshaler. The empty address is
// accepted, because a change without a source has one; where an address must
// be, its absence is checked by the body that needs it.
func (a *Address) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*a = ""
		return nil
	}
	parsed, err := ParseAddress(string(text))
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}
