package forward

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
)

// fleet is nodes that know each other and that tests can change: who owns which key in the
// view of each, and what sending to each does.
type fleet struct {
	mu    sync.Mutex
	nodes map[string]*member
	log   []string // what was executed
}

type member struct {
	f      *Forwarder
	owners map[string]string // by key
	accept func(key string) error
	broken func(c Call) (executed bool, err error) // nil: it works
}

func newFleet(t *testing.T, o Options, names ...string) *fleet {
	t.Helper()
	fl := &fleet{nodes: make(map[string]*member)}
	for _, name := range names {
		m := &member{owners: make(map[string]string)}
		o := o
		o.Self = name
		o.Owner = func(key string) (string, error) {
			fl.mu.Lock()
			defer fl.mu.Unlock()
			if owner := m.owners[key]; owner != "" {
				return owner, nil
			}
			return "", errors.New("no member owns it")
		}
		o.Accept = func(key string) error {
			fl.mu.Lock()
			accept := m.accept
			fl.mu.Unlock()
			if accept == nil {
				return nil
			}
			return accept(key)
		}
		var err error
		if m.f, err = New(o); err != nil {
			t.Fatal(err)
		}
		fl.nodes[name] = m
	}
	return fl
}

// all makes all nodes believe that a key has an owner.
func (fl *fleet) all(key, owner string) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	for _, m := range fl.nodes {
		m.owners[key] = owner
	}
}

// at makes one node believe it.
func (fl *fleet) at(name, key, owner string) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	fl.nodes[name].owners[key] = owner
}

func (fl *fleet) setBroken(name string, broken func(Call) (bool, error)) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	fl.nodes[name].broken = broken
}

var errHandler = errors.New("no such thing")

// do gives a request to a node.
func (fl *fleet) do(ctx context.Context, name string, c Call) (string, error) {
	return Do(ctx, fl.nodes[name].f, c, func(context.Context) (string, error) {
		fl.mu.Lock()
		defer fl.mu.Unlock()
		fl.log = append(fl.log, fmt.Sprint(name, " ", c.Keys, " ", c.Hops))
		if slices.Contains(c.Keys, "missing") {
			return "", errHandler
		}
		return "from " + name, nil
	}, func(ctx context.Context, address string) (string, error) {
		fl.mu.Lock()
		broken := fl.nodes[address].broken
		fl.mu.Unlock()
		c := c
		c.Hops++
		if broken != nil {
			if executed, err := broken(c); err != nil {
				if executed {
					fl.do(ctx, address, c)
				}
				return "", err
			}
		}
		answer, err := fl.do(ctx, address, c)
		if refusal := (*Error)(nil); errors.As(err, &refusal) {
			if !refusal.MayHaveRun {
				return "", NotRun(err)
			}
			return "", err
		} else if err != nil {
			return "", Answered(err)
		}
		return answer, nil
	})
}

func (fl *fleet) executed() []string {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	return slices.Clone(fl.log)
}

func mustBe(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
