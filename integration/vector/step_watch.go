package vector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// waitStep waits for a call from the node that no other wait has seen.
type waitStep struct {
	Endpoint string `json:"wait"`
	By       Names  `json:"by"`
	Each     bool   `json:"each"` // every one of them gets such a call
	Body     Value  `json:"body"`
	Times    int    `json:"times"`
	Within   millis `json:"within"`
	Ticking  bool   `json:"ticking"`
}

func (w *waitStep) run(s *session) error {
	by, err := s.fakesOf(w.By)
	if err != nil {
		return err
	}
	pattern, err := evaluate(w.Body.V, s)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.ctx, w.Within.or(defaultPatience))
	defer cancel()
	if w.Ticking {
		stop := s.keepTicking(ctx)
		defer stop()
	}
	groups := [][]*fake{by}
	if w.Each {
		groups = nil
		for _, f := range by {
			groups = append(groups, []*fake{f})
		}
	}
	for _, group := range groups {
		for range max(1, w.Times) {
			if err := s.waitFor(ctx, w.Endpoint, group, pattern, w.Body.Set); err != nil {
				return err
			}
		}
	}
	return nil
}

// waitFor waits for one call to one of the fakes.
func (s *session) waitFor(ctx context.Context, endpoint string, by []*fake, pattern any, picky bool) error {
	var closest error
	for {
		found := false
		news := s.log.each(endpoint, func(c *call) bool {
			if c.waited || !isOneOf(c.to, by) {
				return true
			}
			if picky {
				if err := match(pattern, c.body, s.vars); err != nil {
					closest = within("body", err)
					return true
				}
			}
			c.waited, found = true, true
			return false
		})
		if found {
			return nil
		}
		if err := s.health(); err != nil {
			return err
		}
		select {
		case <-news:
		case <-time.After(100 * time.Millisecond): // look after the node
		case <-ctx.Done():
			if closest != nil {
				return fmt.Errorf("no such call to %s; the last one: %w", describe(by), closest)
			}
			return fmt.Errorf("no call to %s", describe(by))
		}
	}
}

func isOneOf(f *fake, list []*fake) bool {
	for _, other := range list {
		if f == other {
			return true
		}
	}
	return false
}

func describe(list []*fake) string {
	if len(list) == 1 {
		return "$" + list[0].name
	}
	return fmt.Sprintf("any of %d fakes", len(list))
}

// keepTicking makes the node run one protocol period after the other, until
// stop is called.
func (s *session) keepTicking(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if err := s.tick(ctx); err != nil && ctx.Err() == nil {
				s.violated(fmt.Errorf("tick: %w", err))
				return
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// tick makes the node run one protocol period. Ringpop-node answers with an
// error when the ping has failed.
func (s *session) tick(ctx context.Context) error {
	data, err := s.ask(ctx, nil, wire.EndpointGossipTick, []byte("{}"))
	if isRefusal(err) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.checkAnswer(wire.EndpointGossipTick, data)
	return err
}

// countStep counts the calls from the node since they were last forgotten.
type countStep struct {
	Endpoint string `json:"count"`
	By       Names  `json:"by"`
	Body     Value  `json:"body"`
	During   millis `json:"during"` // wait so long first
	Ticks    Value  `json:"ticks"`  // run so many protocol periods first
	Total    Value  `json:"total"`
	Each     Value  `json:"each"`
	Callees  Value  `json:"callees"`
}

func (c *countStep) run(s *session) error {
	by, err := s.fakesOf(c.By)
	if err != nil {
		return err
	}
	patterns, err := s.evaluated(c.Body, c.Total, c.Callees, c.Each)
	if err != nil {
		return err
	}
	if err := c.wait(s); err != nil {
		return err
	}
	counts := make(map[*fake]int64, len(by))
	total, callees := int64(0), int64(0)
	s.log.each(c.Endpoint, func(call *call) bool {
		if !isOneOf(call.to, by) || c.Body.Set && match(patterns[0].V, call.body, map[string]any{}) != nil {
			return true
		}
		if counts[call.to] == 0 {
			callees++
		}
		counts[call.to]++
		total++
		return true
	})
	errs := []error{
		s.expect(patterns[1], "number of calls", total),
		s.expect(patterns[2], "number of fakes called", callees),
	}
	for _, f := range by {
		errs = append(errs, s.expect(patterns[3], "number of calls to $"+f.name, counts[f]))
	}
	return errors.Join(errs...)
}

func (c *countStep) wait(s *session) error {
	ticks, err := s.count(c.Ticks, 0)
	if err != nil {
		return fmt.Errorf("ticks: %w", err)
	}
	for range ticks {
		ctx, cancel := context.WithTimeout(s.ctx, 2*defaultPatience)
		err := s.tick(ctx)
		cancel()
		if err != nil {
			return fmt.Errorf("tick: %w", err)
		}
	}
	select {
	case <-time.After(c.During.or(0)):
	case <-s.ctx.Done():
	}
	return nil
}

// forgetStep forgets all calls of the node so far.
type forgetStep struct {
	Forget bool `json:"forget"`
}

func (*forgetStep) run(s *session) error {
	s.log.forget()
	return nil
}
