package vector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
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
// tell, so that whatever comes afterwards is caused by the vector.
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

// statsStep looks at what the node believes, again and again until it is as
// wanted.
type statsStep struct {
	Stats struct {
		Members   map[string]Value `json:"members"`
		Count     Value            `json:"count"`
		Ring      Value            `json:"ring"`
		Checksums bool             `json:"checksums"`
		Unchanged bool             `json:"unchanged"`
		Body      Value            `json:"body"`
	} `json:"stats"`
	Within millis `json:"within"`
}

func (x *statsStep) run(s *session) error {
	patterns, err := s.evaluated(x.Stats.Count, x.Stats.Ring, x.Stats.Body)
	if err != nil {
		return err
	}
	members, err := x.members(s)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.ctx, x.Within.or(2*time.Second))
	defer cancel()
	return poll(ctx, 25*time.Millisecond, func() error {
		if err := s.health(); err != nil {
			return permanent{err}
		}
		view, err := s.stats(s.ctx)
		if err != nil {
			return permanent{err}
		}
		for name, pattern := range members {
			if err := s.checkMember(view, name, pattern); err != nil {
				return err
			}
		}
		return errors.Join(
			x.checkAll(s, view),
			s.expect(patterns[0], "number of members", int64(len(view.members))),
			s.expect(patterns[1], "servers of the ring", anyList(view.parsed.Ring.Servers)),
			s.expect(patterns[2], "stats", view.body),
		)
	})
}

// members returns the patterns for members by address.
func (x *statsStep) members(s *session) (map[string]Value, error) {
	members := make(map[string]Value, len(x.Stats.Members))
	for name, pattern := range x.Stats.Members {
		address, err := evaluateString(name, s)
		if err != nil {
			return nil, err
		}
		evaluated, err := s.evaluated(pattern)
		if err != nil {
			return nil, err
		}
		members[fmt.Sprint(address)] = evaluated[0]
	}
	return members, nil
}

// checkAll makes the checks that concern the membership as a whole.
func (x *statsStep) checkAll(s *session, view *statsView) error {
	if x.Stats.Checksums {
		if err := view.checkChecksums(s.flavour); err != nil {
			return err
		}
	}
	if x.Stats.Unchanged {
		return unchanged(s.baseline, view.members)
	}
	return nil
}

// checkMember compares a member with a status or a pattern; null stands for no
// such member.
func (s *session) checkMember(view *statsView, address string, pattern Value) error {
	var member any
	list, _ := at(view.body, "membership", "members").([]any)
	for _, m := range list {
		if at(m, "address") == address {
			member = m
		}
	}
	switch p := pattern.V.(type) {
	case nil:
		if member != nil {
			return fmt.Errorf("%s is a member: %s", address, show(member))
		}
		return nil
	case string:
		pattern.V = map[string]any{"status": p}
	}
	if member == nil {
		return fmt.Errorf("%s is no member", address)
	}
	return s.expect(pattern, address, member)
}

func anyList(texts []string) []any {
	list := make([]any, len(texts))
	for i := range texts {
		list[i] = texts[i]
	}
	return list
}

// at returns what is at a path of keys within a value; nil if nothing is.
func at(v any, path ...string) any {
	for _, key := range path {
		object, _ := v.(map[string]any)
		v = object[key]
	}
	return v
}

// lookupStep asks for the owners of keys, and compares them with what the rules
// of placement say about the ring of the node.
type lookupStep struct {
	Keys []string `json:"lookup"`
}

func (x *lookupStep) run(s *session) error {
	view, err := s.stats(s.ctx)
	if err != nil {
		return err
	}
	ring := view.ring()
	for _, key := range x.Keys {
		key, err := interpolate(key, s)
		if err != nil {
			return err
		}
		body, err := json.Marshal(wire.LookupRequest{Key: key})
		if err != nil {
			return err
		}
		data, err := s.ask(s.ctx, nil, wire.EndpointLookup, body)
		if err != nil {
			return err
		}
		answer, err := s.checkAnswer(wire.EndpointLookup, data)
		if err != nil {
			return err
		}
		want, _ := ring.Lookup(key)
		if got := at(answer, "dest"); got != want {
			return fmt.Errorf("the owner of %q is %v, it should be %v", key, got, want)
		}
	}
	return nil
}

// signalStep sends a signal to the node.
type signalStep struct {
	Signal string `json:"signal"`
}

var signals = map[string]os.Signal{
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
		return fmt.Errorf("%s, want exit code %d", s.sut.process.State(), x.Code)
	}
	return nil
}
