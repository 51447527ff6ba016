package admin

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

// canned is a node that gives one answer to everything.
type canned struct {
	body string
	err  error
}

func (a canned) Call(context.Context, string, string, []byte) ([]byte, error) {
	return []byte(a.body), a.err
}

func TestResolve(t *testing.T) {
	for name, test := range map[string]struct {
		canned
		state string
		fails error
	}{
		"a resolver":              {canned: canned{body: `{"state":"kept","members":[]}`}, state: "kept"},
		"of before":               {canned: canned{err: &wire.RemoteError{Message: `no such endpoint: "/admin/resolve"`}}, state: "off"},
		"of ringpop-go":           {canned: canned{err: errors.New(`tchannel error ErrCodeBadRequest: no handler for service "ringpop" and method "/admin/resolve"`)}, state: "off"},
		"one that refuses":        {canned: canned{err: errors.New("not allowed")}, fails: errors.New("not allowed")},
		"one that makes no sense": {canned: canned{body: `{"state":1}`}, fails: ErrAnswer},
		"one with a flood":        {canned: canned{body: `{"state":"lost","missed":["10.0.0.1:1"` + strings.Repeat(`,"10.0.0.1:1"`, wire.MaxChanges) + `]}`}, fails: ErrAnswer},
	} {
		status, err := NewClient(test, 0).Resolve(t.Context(), "10.0.0.1:1")
		switch {
		case test.fails != nil:
			if err == nil || test.fails == ErrAnswer && !errors.Is(err, ErrAnswer) {
				t.Errorf("%s: %+v, %v", name, status, err)
			}
		case err != nil || status.State != test.state:
			t.Errorf("%s: %+v, %v", name, status, err)
		}
	}
}

// What would become of a split is told by the rules that the nodes go by.
func TestIfSplit(t *testing.T) {
	born := int64(1)
	status := &wire.ResolveStatus{State: "stable", Settings: wire.ResolveSettings{Strategy: "keep-majority"}}
	for _, a := range []wire.Address{"a:1", "b:1", "c:1", "d:1"} {
		status.Members = append(status.Members, wire.ResolveMember{Address: a, Counts: a != "d:1"})
	}
	status.Members[2].Born = &born
	keep := func(strategy string, parts ...[]wire.Address) string {
		t.Helper()
		status.Settings.Strategy = strategy
		list, err := IfSplit(status, parts)
		if err != nil {
			return err.Error()
		}
		kept := ""
		for i, w := range list {
			if w.Verdict.Keep {
				kept += string(rune('1' + i))
			}
		}
		return kept
	}
	a, b, c, d := wire.Address("a:1"), wire.Address("b:1"), wire.Address("c:1"), wire.Address("d:1")
	for _, test := range []struct {
		strategy string
		parts    [][]wire.Address
		want     string
	}{
		{"keep-majority", [][]wire.Address{{a, b, c}, {d}}, "1"},
		{"keep-majority", [][]wire.Address{{a, b}, {c, d}}, "1"}, // the lowest address
		{"keep-majority", [][]wire.Address{{b, c}, {a, d}}, ""},  // d is not settled
		{"keep-oldest", [][]wire.Address{{a, b}, {c, d}}, "2"},
		{"keep-majority", [][]wire.Address{{a}, {"x:1"}}, "x:1 is no member that counts"},
		{"keep-majority", [][]wire.Address{{a}, {a}}, "a:1 is named twice"},
		{"guess", [][]wire.Address{{a}}, `no strategy "guess"`},
	} {
		if got := keep(test.strategy, test.parts...); got != test.want && !(test.want != "" && strings.HasPrefix(got, test.want)) {
			t.Errorf("%s of %v: %q, want %q", test.strategy, test.parts, got, test.want)
		}
	}
	if _, err := IfSplit(&wire.ResolveStatus{State: wire.ResolverOff}, nil); !errors.Is(err, ErrNoResolver) {
		t.Errorf("without a resolver: %v", err)
	}
}

func TestUnequalSettings(t *testing.T) {
	list := []Resolver{
		{Address: "a:1", Status: &wire.ResolveStatus{State: "stable", Settings: wire.ResolveSettings{Strategy: "keep-majority", Policy: "fence"}}},
		{Address: "b:1", Status: &wire.ResolveStatus{State: "lost", Settings: wire.ResolveSettings{Strategy: "keep-majority", Policy: "observe"}}},
		{Address: "c:1", Status: &wire.ResolveStatus{State: wire.ResolverOff}},
		{Address: "d:1", Err: errors.New("no answer")},
	}
	if words := UnequalSettings(list); words != nil {
		t.Errorf("equal ones differ: %v", words)
	}
	list[1].Status.Settings.QuorumSize = 3
	if words := UnequalSettings(list); len(words) != 2 || !strings.Contains(words[1]+words[0], "quorum 3") {
		t.Errorf("different ones: %v", words)
	}
}
