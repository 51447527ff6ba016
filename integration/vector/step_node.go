package vector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// suspendStep makes fakes silent, as stopped processes are.
type suspendStep struct {
	Fakes Names `json:"suspend"`
}

func (x *suspendStep) run(s *session) error { return s.eachOf(x.Fakes, (*fake).suspend) }

// resumeStep ends a suspension; requests that waited are answered.
type resumeStep struct {
	Fakes Names `json:"resume"`
}

func (x *resumeStep) run(s *session) error { return s.eachOf(x.Fakes, (*fake).resume) }

// closeStep makes fakes unreachable, as processes are that have ended.
type closeStep struct {
	Fakes Names `json:"close"`
}

func (x *closeStep) run(s *session) error { return s.eachOf(x.Fakes, (*fake).close) }

// listenStep makes fakes reachable again.
type listenStep struct {
	Fakes Names `json:"listen"`
}

func (x *listenStep) run(s *session) error { return s.eachOf(x.Fakes, (*fake).listen) }

func (s *session) eachOf(names Names, do func(*fake) error) error {
	fakes, err := s.fakesOf(names)
	if err != nil {
		return err
	}
	for _, f := range fakes {
		if err := do(f); err != nil {
			return err
		}
	}
	return nil
}

// startStep starts the node and returns when it accepts connections.
type startStep struct {
	Start bool `json:"start"`
}

func (*startStep) run(s *session) error {
	hosts := []string{s.sut.address}
	for _, f := range s.fakes {
		hosts = append(hosts, f.address)
	}
	if s.vector.Hosts != nil {
		hosts = nil
		for _, name := range s.vector.Hosts {
			v, err := evaluateString(name, s)
			if err != nil {
				return err
			}
			hosts = append(hosts, fmt.Sprint(v))
		}
	}
	flags := make(map[string]any, len(s.vector.Flags))
	for name, v := range s.vector.Flags {
		var err error
		if flags[name], err = evaluate(v, s); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(s.ctx, 30*time.Second)
	defer cancel()
	return s.sut.start(ctx, s.program, hosts, flags)
}

// readyStep waits until the node takes part: it answers pings.
type readyStep struct {
	Ready  bool   `json:"ready"`
	Within millis `json:"within"`
}

func (r *readyStep) run(s *session) error {
	ctx, cancel := context.WithTimeout(s.ctx, r.Within.or(20*time.Second))
	defer cancel()
	err := poll(ctx, 25*time.Millisecond, func() error {
		if err := s.health(); err != nil {
			return permanent{err}
		}
		if err := s.canLookUp(ctx); err != nil {
			return err
		}
		_, err := s.emptyPing(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("the node does not get ready: %w", err)
	}
	return nil
}

// canLookUp asks for the owner of some key. This comes before the ping, whose
// checksum is taken from stats: ringpop-go ends when it is asked for them before
// it has a ring. Ringpop-node never answers a lookup then.
func (s *session) canLookUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	_, err := s.ask(ctx, nil, wire.EndpointLookup, []byte(`{"key":"a"}`))
	return err
}

// emptyPing pings the node with its own checksum and returns the changes that
// it answers with.
func (s *session) emptyPing(ctx context.Context) ([]any, error) {
	from, err := s.caller(wire.EndpointPing, "")
	if err != nil {
		return nil, permanent{err}
	}
	body, err := s.fillRequest(wire.EndpointPing, nil, from)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, permanent{err}
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	data, err := s.ask(ctx, from, wire.EndpointPing, raw)
	if err != nil {
		return nil, err
	}
	answer, err := s.checkAnswer(wire.EndpointPing, data)
	if err != nil {
		return nil, permanent{err}
	}
	changes, _ := answer.(map[string]any)["changes"].([]any)
	return changes, nil
}

// quietStep stops the gossip of the node and lets it tell all that it has to
// tell: what comes afterwards is caused by the vector.
type quietStep struct {
	Quiet bool `json:"quiet"`
}

func (*quietStep) run(s *session) error {
	data, err := s.ask(s.ctx, nil, wire.EndpointGossipStop, []byte("{}"))
	if err != nil {
		return err
	}
	if _, err := s.checkAnswer(wire.EndpointGossipStop, data); err != nil {
		return err
	}
	const enough = 200
	for range enough {
		changes, err := s.emptyPing(s.ctx)
		if err != nil {
			return err
		}
		if len(changes) == 0 {
			s.log.forget()
			return nil
		}
	}
	return fmt.Errorf("the node still has changes to tell after %d pings", enough)
}

// signalStep sends a signal to the node.
type signalStep struct {
	Signal string `json:"signal"`
}

var signals = map[string]syscall.Signal{
	"SIGTERM": syscall.SIGTERM,
	"SIGINT":  syscall.SIGINT,
	"SIGSTOP": syscall.SIGSTOP,
	"SIGCONT": syscall.SIGCONT,
}

func (x *signalStep) run(s *session) error {
	if s.sut.process == nil {
		return errors.New("the node was not started")
	}
	s.sut.exitExpected = x.Signal == "SIGTERM" || x.Signal == "SIGINT"
	return s.sut.process.Signal(signals[x.Signal])
}

// exitStep waits for the end of the node.
type exitStep struct {
	Code   int    `json:"exit"`
	Within millis `json:"within"`
}

func (x *exitStep) run(s *session) error {
	if s.sut.process == nil {
		return errors.New("the node was not started")
	}
	s.sut.exitExpected = true
	select {
	case <-s.sut.process.Done():
	case <-time.After(x.Within.or(defaultPatience)):
		return errors.New("the node still runs")
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
	if code := s.sut.process.ExitCode(); code != x.Code {
		return fmt.Errorf("%s, want exit code %d", s.sut.process.Ending(), x.Code)
	}
	return nil
}
