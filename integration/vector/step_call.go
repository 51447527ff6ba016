package vector

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
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
		if c.Until.Set {
			done := c.reached(s, patterns[1], answer, refusal)
			if done == nil || n >= times {
				return done
			}
			continue
		}
		if err := c.check(s, patterns[0], answer, refusal); err != nil || n >= times {
			return err
		}
	}
}

// reached returns nil if the answer is what the call is repeated for.
func (c *callStep) reached(s *session, until Value, answer any, refusal error) error {
	if refusal != nil {
		return fmt.Errorf("refused: %w", refusal)
	}
	return s.expect(until, "answer", answer)
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
