package watch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// learnt is what a node's refusal of another app's join shows.
type learnt struct {
	app     string
	aliases bool // see [alias]
	at      time.Time
}

const (
	// appLasts is how long the name of a node's app is trusted: another program may
	// have been started at its address.
	appLasts = 5 * time.Minute
	// maxApps bounds what is remembered of addresses.
	maxApps = 2 * wire.MaxChanges
)

// ErrApp is wrapped by the errors about nodes that do not say the name of their app.
var ErrApp = errors.New("the name of the app could not be learnt")

// appOf returns the name of a node's app.
func (c *caller) appOf(ctx context.Context, node wire.Address) (string, error) {
	if c.app != "" {
		return c.app, nil
	}
	l, err := c.meet(ctx, node)
	return l.app, err
}

// meet learns about a node from its refusal of another app's join.
func (c *caller) meet(ctx context.Context, node wire.Address) (learnt, error) {
	c.mu.Lock()
	known, ok := c.apps[node]
	c.mu.Unlock()
	if ok && time.Since(known.at) < appLasts {
		return known, nil
	}
	response, err := c.exchange(ctx, c.timeout, node, &wire.JoinRequest{
		App: otherApp, Source: Source, Incarnation: 1, Timeout: int64(c.timeout),
	})
	l, err := learnFrom(response, err)
	if err != nil {
		return learnt{}, err
	}
	l.at = time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.apps) >= maxApps {
		clear(c.apps)
	}
	c.apps[node] = l
	return l, nil
}

// otherApp is an app that no ring has. Nodes refuse its join, and name theirs.
const otherApp = "ringmend-guard-asks-for-the-name-of-the-app"

// refusals are what stands before and behind the name of the app in the errors by which
// nodes refuse to be joined by another one.
var refusals = []struct {
	before, behind string
	aliases        bool
}{
	{"The expected app, ", ", did not match the actual app ," + otherApp, true},  // ringpop-go
	{"The expected app (", ") did not match the actual app (" + otherApp, false}, // ringpop-node
	{`: this is "`, `", not "` + otherApp + `"`, false},                          // ringmend
}

// learnFrom reads the answer to a join of another app.
func learnFrom(response wire.Response, err error) (learnt, error) {
	if join, ok := response.(*wire.JoinResponse); ok && err == nil {
		return learnt{app: join.App}, nil // it minds no app
	}
	var refused *wire.RemoteError
	if !errors.As(err, &refused) {
		return learnt{}, err
	}
	for _, r := range refusals {
		_, rest, found := strings.Cut(refused.Message, r.before)
		if app, _, ends := strings.Cut(rest, r.behind); found && ends {
			return learnt{app: app, aliases: r.aliases}, nil
		}
	}
	return learnt{}, fmt.Errorf("%w: %w", ErrApp, err)
}
