package vector

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/uber/tchannel-go"
	"github.com/uber/tchannel-go/raw"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// callStep sends a request to the node and looks at the answer.
type callStep struct {
	Endpoint string  `json:"call"`
	From     string  `json:"from"`
	Body     Value   `json:"body"`
	Raw      rawBody `json:"raw"`
	Scheme   string  `json:"scheme"`
	Answer   Value   `json:"answer"`
	Error    Value   `json:"error"`
	Within   millis  `json:"within"`
	Times    Value   `json:"times"`
	Until    Value   `json:"until"`
}

func (c *callStep) run(s *session) error {
	from, err := s.caller(c.Endpoint, c.From)
	if err != nil {
		return err
	}
	// Before the call, since it may change what the placeholders stand for.
	patterns, err := s.evaluated(c.Answer, c.Until)
	if err != nil {
		return err
	}
	times, err := s.count(c.Times, 1)
	if err != nil {
		return fmt.Errorf("times: %w", err)
	}
	for n := int64(1); ; n++ {
		answer, refusal, err := c.once(s, from)
		if err != nil {
			return err
		}
		if !c.Until.Set {
			err = c.check(s, patterns[0], answer, refusal)
		} else if refusal == nil {
			err = s.expect(patterns[1], "answer", answer)
			if err == nil {
				return nil
			}
		}
		switch {
		case n < times && (err == nil || c.Until.Set):
		case err != nil:
			return err
		default:
			return nil
		}
	}
}

// count evaluates a number; it is the given one if none is written.
func (s *session) count(v Value, otherwise int64) (int64, error) {
	if !v.Set {
		return otherwise, nil
	}
	evaluated, err := evaluate(v.V, s)
	if err != nil {
		return 0, err
	}
	n, ok := integer(evaluated)
	if !ok {
		return 0, fmt.Errorf("%s is no number", show(evaluated))
	}
	return n, nil
}

// once makes the call. A refusal is an error that the node answers with; any
// other end of the call is an error.
func (c *callStep) once(s *session, from *fake) (answer any, refusal, err error) {
	body, err := c.body(s, from)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(s.ctx, c.Within.or(defaultPatience))
	defer cancel()
	var data []byte
	if c.Scheme == "raw" {
		data, err = s.askRaw(ctx, c.Endpoint, body)
	} else {
		data, err = s.ask(ctx, from, c.Endpoint, body)
	}
	if isRefusal(err) {
		return nil, err, nil
	}
	if err != nil {
		return nil, nil, err
	}
	answer, err = s.checkAnswer(c.Endpoint, data)
	return answer, nil, err
}

func (c *callStep) body(s *session, from *fake) ([]byte, error) {
	if c.Raw != nil {
		return c.Raw.bytes(s)
	}
	body, err := evaluate(c.Body.V, s)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(c.Endpoint, "/protocol/") {
		if body, err = s.fillRequest(c.Endpoint, clone(body), from); err != nil {
			return nil, err
		}
	} else if !c.Body.Set {
		body = map[string]any{}
	}
	return json.Marshal(body)
}

func (c *callStep) check(s *session, pattern Value, answer any, refusal error) error {
	if !c.Error.Set {
		if refusal != nil {
			return fmt.Errorf("refused: %w", refusal)
		}
		return s.expect(pattern, "answer", answer)
	}
	if refusal == nil {
		return fmt.Errorf("answered %s, want an error", show(answer))
	}
	if expression, ok := c.Error.V.(string); ok {
		matched, err := regexp.MatchString(expression, refusal.Error())
		if err != nil {
			return fmt.Errorf("error: %w", err)
		}
		if !matched {
			return fmt.Errorf("refused with %q, want text like %q", refusal, expression)
		}
	}
	return nil
}

// evaluated returns values with their placeholders replaced, as they are now.
func (s *session) evaluated(values ...Value) ([]Value, error) {
	list := make([]Value, len(values))
	for i, v := range values {
		evaluated, err := evaluate(v.V, s)
		if err != nil {
			return nil, err
		}
		list[i] = Value{V: evaluated, Set: v.Set}
	}
	return list, nil
}

// expect compares a value with an evaluated pattern, and keeps what the pattern
// names. Without a pattern everything is as expected.
func (s *session) expect(pattern Value, what string, value any) error {
	if !pattern.Set {
		return nil
	}
	return within(what, match(pattern.V, value, s.vars))
}

// caller returns in whose name a call is made: calls of the protocol come from
// a member, or a stranger if there is none; others from nobody in particular.
func (s *session) caller(endpoint, from string) (*fake, error) {
	switch {
	case from != "":
		return s.fakeOf(from)
	case !strings.HasPrefix(endpoint, "/protocol/"):
		return nil, nil
	case len(s.fakes) > 0:
		return s.fakes[0], nil
	}
	return s.stranger("x")
}

// ask calls the node in the name of a fake, or of nobody.
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
	var system tchannel.SystemError
	if !errors.As(err, &system) {
		return false
	}
	switch system.Code() {
	case tchannel.ErrCodeBadRequest, tchannel.ErrCodeBusy, tchannel.ErrCodeDeclined,
		tchannel.ErrCodeUnexpected, tchannel.ErrCodeProtocol:
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

// rawBody is a body byte for byte: pieces that are put together.
type rawBody []rawPiece

type rawPiece struct {
	Text  string `json:"text"`  // with "${…}"
	Hex   string `json:"hex"`   // for what no JSON string can hold
	Times int    `json:"times"` // default 1
}

// UnmarshalJSON implements json.Unmarshaler. A body may be one string.
func (r *rawBody) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*r = rawBody{{Text: text}}
		return nil
	}
	return json.Unmarshal(data, (*[]rawPiece)(r))
}

func (r rawBody) bytes(s *session) ([]byte, error) {
	var all []byte
	for _, piece := range r {
		text, err := interpolate(piece.Text, s)
		if err != nil {
			return nil, err
		}
		bytes, err := hex.DecodeString(piece.Hex)
		if err != nil {
			return nil, fmt.Errorf("raw: %w", err)
		}
		bytes = append(bytes, text...)
		for i := range max(1, piece.Times) {
			// "#" counts, so that repeated pieces can differ.
			all = append(all, strings.ReplaceAll(string(bytes), "#", fmt.Sprint(i+1))...)
		}
	}
	return all, nil
}

// respondStep says how fakes answer calls of the node from now on.
type respondStep struct {
	Endpoint string `json:"respond"`
	By       Names  `json:"by"`
	Body     Value  `json:"body"`
	Error    string `json:"error"`
	Silence  bool   `json:"silence"`
	After    millis `json:"after"`
	Times    int    `json:"times"`
	Sensibly bool   `json:"sensibly"` // no longer in a special way
}

func (r *respondStep) run(s *session) error {
	by, err := s.fakesOf(r.By)
	if err != nil {
		return err
	}
	body, err := evaluate(r.Body.V, s)
	if err != nil {
		return err
	}
	for _, f := range by {
		if r.Sensibly {
			f.respond(r.Endpoint, nil)
			continue
		}
		left := r.Times
		if left == 0 {
			left = -1
		}
		f.respond(r.Endpoint, &response{
			body: Value{V: body, Set: r.Body.Set}, err: r.Error, silence: r.Silence,
			after: r.After.or(0 * time.Second), left: left,
		})
	}
	return nil
}
