package forward

import "sync/atomic"

// Forwarder forwards the requests that come to one node. Its methods, and [Do], may be
// called concurrently.
type Forwarder struct {
	opts    Options
	sending chan struct{} // holds one for each request that is being forwarded
	waiting chan struct{} // and one for each that waits for its next attempt
	count   counters
}

type counters struct {
	local, forwarded, again, refused, failed atomic.Uint64
}

// Stats are figures of a [Forwarder], counted from its start.
type Stats struct {
	Local     uint64 // requests that were handled here
	Forwarded uint64 // attempts to forward
	Again     uint64 // those of them that were not the first of their request
	Refused   uint64 // attempts that were not executed, here or there
	Failed    uint64 // attempts that may have been executed, and were not answered
	InFlight  int    // requests that are being forwarded now
	Waiting   int    // requests that wait for their next attempt now
}

// New returns a forwarder. The error wraps [ErrOptions].
func New(o Options) (*Forwarder, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	return &Forwarder{
		opts:    o,
		sending: make(chan struct{}, o.MaxInFlight),
		waiting: make(chan struct{}, o.MaxInFlight),
	}, nil
}

// Stats returns the figures.
func (f *Forwarder) Stats() Stats {
	return Stats{
		Local:     f.count.local.Load(),
		Forwarded: f.count.forwarded.Load(),
		Again:     f.count.again.Load(),
		Refused:   f.count.refused.Load(),
		Failed:    f.count.failed.Load(),
		InFlight:  len(f.sending),
		Waiting:   len(f.waiting),
	}
}

// Owner returns the one address that owns all keys. It does not allocate. The error is
// [ErrNoKeys], [ErrKeysDiverge], or why a key has no owner.
func (f *Forwarder) Owner(keys ...string) (string, error) {
	if len(keys) == 0 {
		return "", ErrNoKeys
	}
	owner, err := f.opts.Owner(keys[0])
	if err != nil {
		return "", err
	}
	for _, key := range keys[1:] {
		other, err := f.opts.Owner(key)
		switch {
		case err != nil:
			return "", err
		case other != owner:
			return "", ErrKeysDiverge
		}
	}
	return owner, nil
}

// accept returns why this node may not handle a request of its own keys.
func (f *Forwarder) accept(keys []string) error {
	if f.opts.Accept == nil {
		return nil
	}
	for _, key := range keys {
		if err := f.opts.Accept(key); err != nil {
			return err
		}
	}
	return nil
}
