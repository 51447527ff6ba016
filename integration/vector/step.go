package vector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Steps are what a vector does, one after the other.
type Steps []Step

// Step is one of the step types, which are named after their verbs.
type Step struct {
	verb string
	action
}

type action interface {
	run(s *session) error
}

// verbs are the keys by which the kinds of steps are told apart.
var verbs = map[string]func() action{
	"call":    func() action { return new(callStep) },
	"respond": func() action { return new(respondStep) },
	"wait":    func() action { return new(waitStep) },
	"count":   func() action { return new(countStep) },
	"forget":  func() action { return new(forgetStep) },
	"suspend": func() action { return new(suspendStep) },
	"resume":  func() action { return new(resumeStep) },
	"close":   func() action { return new(closeStep) },
	"listen":  func() action { return new(listenStep) },
	"start":   func() action { return new(startStep) },
	"ready":   func() action { return new(readyStep) },
	"quiet":   func() action { return new(quietStep) },
	"stats":   func() action { return new(statsStep) },
	"lookup":  func() action { return new(lookupStep) },
	"signal":  func() action { return new(signalStep) },
	"exit":    func() action { return new(exitStep) },
	"for":     func() action { return new(forStep) },
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *Step) UnmarshalJSON(data []byte) error {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return err
	}
	for key := range keys {
		if newAction, ok := verbs[key]; ok {
			s.verb, s.action = key, newAction()
		}
	}
	if s.action == nil {
		return fmt.Errorf("no verb in step %.100s", data)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(s.action); err != nil {
		return fmt.Errorf("step %q: %w", s.verb, err)
	}
	return nil
}

// run does the steps until one fails.
func (steps Steps) run(s *session) error {
	for i, step := range steps {
		err := step.run(s)
		if bad := s.health(); bad != nil {
			err = bad // the cause, and not what followed
		}
		if err != nil {
			return fmt.Errorf("step %d (%s): %w", i+1, step.verb, err)
		}
		if err := s.ctx.Err(); err != nil {
			return fmt.Errorf("step %d (%s): the vector takes too long: %w", i+1, step.verb, err)
		}
	}
	return nil
}

// millis is a duration, written as a number of milliseconds.
type millis int64

// or returns the duration, or another one when it is zero.
func (m millis) or(other time.Duration) time.Duration {
	if m == 0 {
		return other
	}
	return time.Duration(m) * time.Millisecond
}

// defaultPatience is how long a vector waits for what must happen.
const defaultPatience = 5 * time.Second

// forStep does steps for each row of a table, or each member.
type forStep struct {
	For struct {
		Table
		Each string `json:"each"` // variable for each of the numbered fakes
	} `json:"for"`
	Do Steps `json:"do"`
}

func (f *forStep) run(s *session) error {
	if f.For.Each != "" {
		for _, fake := range s.fakes {
			if err := f.once(s, map[string]any{f.For.Each: fake.address}); err != nil {
				return fmt.Errorf("for $%s: %w", fake.name, err)
			}
		}
		return nil
	}
	for i := range f.For.Rows {
		row, err := f.For.row(i)
		if err != nil {
			return err
		}
		if err := f.once(s, row); err != nil {
			return fmt.Errorf("row %d %s: %w", i+1, show(row), err)
		}
	}
	return nil
}

func (f *forStep) once(s *session, row map[string]any) error {
	s.bindFresh()
	if err := s.bind(row); err != nil {
		return err
	}
	return f.Do.run(s)
}

// bind makes the columns of a row variables. They may contain placeholders.
func (s *session) bind(row map[string]any) error {
	for name, v := range row {
		value, err := evaluate(v, s)
		if err != nil {
			return err
		}
		s.vars[name] = value
	}
	return nil
}
