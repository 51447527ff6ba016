package forward

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/ringmend/ringmend/node"
)

// Options say how a [Forwarder] behaves. A field that is zero has the default that its
// comment names.
type Options struct {
	// Self is the address that this node is known by, and Owner returns the address of the
	// owner of a key. Its errors count as temporary unless they are [Permanent]. Both are
	// required; [ForNode] takes them from a node.
	Self  string
	Owner func(key string) (address string, err error)
	// Accept is asked for each key before this node handles a request itself, forwarded or
	// not; its error is why it may not. Default: whatever this node owns is accepted.
	Accept func(key string) error

	// Patience is how long attempts are repeated, counted from the first. Default: 10 s, which
	// is longer than a cluster takes to declare a dead member faulty. Negative: there is one
	// attempt.
	Patience time.Duration
	// MinBackoff is the pause before the second attempt, shortened at random by up to a half;
	// it doubles each time, up to MaxBackoff. Default: 25 ms and 250 ms.
	MinBackoff time.Duration
	MaxBackoff time.Duration
	// AttemptTimeout bounds each attempt; all of them are bounded by the deadline of the
	// context. Default: 3 s.
	AttemptTimeout time.Duration

	// MaxHops is how many times one request may be forwarded. Default: 3.
	MaxHops int
	// MaxInFlight is how many requests may be forwarded at one time. Default: 1,024.
	MaxInFlight int

	// Tracer records requests and attempts. Default: nothing does, at no cost.
	Tracer Tracer
}

// ForNode returns the options for a node. They include its Accept: on a side of a partition
// that may not serve, nothing is handled. A closed node refuses at once; clients should ask
// another one.
func ForNode(n *node.Node) Options {
	return Options{
		Self: n.Address(),
		Owner: func(key string) (string, error) {
			owner, err := n.Owner(key)
			if errors.Is(err, node.ErrClosed) {
				err = Permanent(err)
			}
			return owner, err
		},
		Accept: func(key string) error {
			_, err := n.Accept(key)
			return err
		},
	}
}

// ErrOptions is wrapped by the errors of [New].
var ErrOptions = errors.New("forward options")

func (o Options) withDefaults() Options {
	o.Patience = cmp.Or(o.Patience, 10*time.Second)
	o.MinBackoff = cmp.Or(o.MinBackoff, 25*time.Millisecond)
	o.MaxBackoff = cmp.Or(o.MaxBackoff, max(250*time.Millisecond, o.MinBackoff))
	o.AttemptTimeout = cmp.Or(o.AttemptTimeout, 3*time.Second)
	o.MaxHops = cmp.Or(o.MaxHops, 3)
	o.MaxInFlight = cmp.Or(o.MaxInFlight, 1024)
	return o
}

func (o *Options) validate() error {
	switch {
	case o.Self == "" || o.Owner == nil:
		return fmt.Errorf("%w: Self and Owner are required", ErrOptions)
	case o.MinBackoff < 0 || o.MaxBackoff < o.MinBackoff:
		return fmt.Errorf("%w: pauses from %v to %v", ErrOptions, o.MinBackoff, o.MaxBackoff)
	case o.AttemptTimeout < 0:
		return fmt.Errorf("%w: AttemptTimeout is negative: %v", ErrOptions, o.AttemptTimeout)
	case o.MaxHops < 0 || o.MaxInFlight < 0:
		return fmt.Errorf("%w: negative limits: MaxHops %d, MaxInFlight %d", ErrOptions, o.MaxHops, o.MaxInFlight)
	}
	return nil
}
