package vector

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	groups := [][]*fake{by}
	if w.Each {
		groups = nil
		for _, f := range by {
			groups = append(groups, []*fake{f})
		}
	}
	for _, group := range groups {
		for range max(1, w.Times) {
			if err := w.once(ctx, s, group, pattern); err != nil {
				return err
			}
		}
	}
	return nil
}

// once waits for one call to one of the fakes.
func (w *waitStep) once(ctx context.Context, s *session, by []*fake, pattern any) error {
	for {
		found, news, closest := w.find(s, by, pattern)
		if found {
			return nil
		}
		if err := s.health(); err != nil {
			return err
		}
		if ctx.Err() == nil && w.Ticking {
			// One period at a time: once the call is there, nothing more happens.
			if err := s.tick(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, context.DeadlineExceeded) {
				return fmt.Errorf("tick: %w", err)
			}
			continue
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

// find looks for the call among those so far. Closest says what was wrong with
// the last one that was not it; news is closed when there is another one.
func (w *waitStep) find(s *session, by []*fake, pattern any) (found bool, news <-chan struct{}, closest error) {
	news = s.log.each(w.Endpoint, func(c *call) bool {
		if c.waited || !slices.Contains(by, c.to) {
			return true
		}
		if w.Body.Set {
			if err := match(pattern, c.body, s.vars); err != nil {
				closest = within("body", err)
				return true
			}
		}
		c.waited, found = true, true
		return false
	})
	return found, news, closest
}

func describe(list []*fake) string {
	if len(list) == 1 {
		return "$" + list[0].name
	}
	return fmt.Sprintf("any of %d fakes", len(list))
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
		if !slices.Contains(by, call.to) || c.Body.Set && match(patterns[0].V, call.body, map[string]any{}) != nil {
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
