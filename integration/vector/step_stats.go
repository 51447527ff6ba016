package vector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

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
