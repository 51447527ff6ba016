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
