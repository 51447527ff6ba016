package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// Mode says how much a watcher may do.
type Mode string

// The modes.
const (
	// Observe only looks. It says what it would do.
	Observe Mode = "observe"
	// Ask does what Heal does after a yes, until the ring is one again.
	Ask Mode = "ask"
	// Heal merges sides by itself.
	Heal Mode = "heal"
)

// Modes are all modes.
var Modes = []string{string(Observe), string(Ask), string(Heal)}

// ErrConfig is wrapped by errors about an invalid configuration.
var ErrConfig = errors.New("bad configuration")

// Config says what to watch, and how.
type Config struct {
	// Caller makes the calls. Required.
	Caller admin.Caller
	// Scout makes the calls that find out when lost members are back. It should not share
	// its connections with Caller, and be quick to make new ones. Default: Caller.
	Scout admin.Caller
	// Dial makes a connection, to find out sooner which of many lost members are back: it is
	// closed at once. Default: Scout is asked at once.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Hosts returns the nodes to ask first: at least one, by address or name. It is asked
	// before each look. Required.
	Hosts func(context.Context) ([]wire.Address, error)
	// Resolve returns the addresses of a host name. Default: the system's resolver.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Mode is how much may be done. Default: Observe.
	Mode Mode
	// Every is the time between two looks, from 100 ms to an hour. Large rings are looked
	// at less often: see [Config.pace]. Default: 1 s.
	Every time.Duration
	// Timeout is how long a node may take to answer one call. Default: 1 s.
	Timeout time.Duration
	// App is the name of the ring's app. Default: it is learnt from the nodes.
	App string
	// Logger gets what is done, and why it is not. Default: no logs.
	Logger *slog.Logger
	// Looked is called after each look, by one goroutine, which waits for it.
	Looked func(*State)
	// Acted is called after each thing that was done, in the same way.
	Acted func(Action)
	// Seed makes the choices of nodes repeatable in tests. Default: random.
	Seed uint64
}

// Limits of the settings.
const (
	MinEvery = 100 * time.Millisecond
	MaxEvery = time.Hour
)

func (c *Config) check() error {
	if c.Mode == "" {
		c.Mode = Observe
	}
	if c.Every == 0 {
		c.Every = time.Second
	}
	if c.Timeout == 0 {
		c.Timeout = time.Second
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Looked == nil {
		c.Looked = func(*State) {}
	}
	if c.Acted == nil {
		c.Acted = func(Action) {}
	}
	if c.Scout == nil {
		c.Scout = c.Caller
	}
	switch {
	case c.Caller == nil || c.Hosts == nil:
		return fmt.Errorf("%w: Caller and Hosts are required", ErrConfig)
	case c.Mode != Observe && c.Mode != Ask && c.Mode != Heal:
		return fmt.Errorf("%w: mode %q, it must be observe, ask or heal", ErrConfig, c.Mode)
	case c.Every < MinEvery || c.Every > MaxEvery:
		return fmt.Errorf("%w: a look every %v, it must be from %v to %v", ErrConfig, c.Every, MinEvery, MaxEvery)
	case c.Timeout < MinEvery || c.Timeout > time.Minute:
		return fmt.Errorf("%w: a timeout of %v, it must be from %v to %v", ErrConfig, c.Timeout, MinEvery, time.Minute)
	}
	return nil
}

const (
	// perMember is the least time between two looks for each member of a ring. A node of
	// 1,000 encodes some 100 KB for each look, in some milliseconds.
	perMember = 10 * time.Millisecond
	// perMemberSplit is the same while there is something to do.
	perMemberSplit = 2 * time.Millisecond
	// duty is the share of the time for which looks may go on.
	duty = 4
)

// pace returns how long after a look the next one begins, given how many members there
// are and how long the look took. Each node is asked by each look, so it grows with the
// ring: 1 s up to 100 members, 10 s at 1,000, a fifth of that during a split.
func (c *Config) pace(members int, took time.Duration, busy bool) time.Duration {
	per := perMember
	if busy {
		per = perMemberSplit
	}
	return max(c.Every, time.Duration(members)*per, duty*took)
}
