package tchan

import (
	"context"
	"net"
	"time"
)

const (
	// roomPause is the pause between two checks for an idle connection.
	roomPause = 10 * time.Millisecond
	// newcomerWait is how long a connection from outside waits for a place where
	// there are few: longer than others must be idle to lose theirs.
	newcomerWait = minIdle + minIdle/2
	// maxGivenUp is how many connections are given up for one that cannot be made:
	// another goroutine or program may take their descriptors first.
	maxGivenUp = 3
	// goneWait is how long one that is given up may take to be closed.
	goneWait = time.Second
)

// giveUp closes a connection that has lost its place. A call that begins on it at
// this moment is not broken: it is closed when no call is under way any more.
//
// The log says so each time that newcomers are too many. Where descriptors are few
// that is how things are from then on, and said once.
func (t *Transport) giveUp(c *conn, newcomers bool) {
	const text = "connection closed to make room for another"
	if newcomers && !t.opts.few() || !t.roomTold.Swap(true) {
		t.log.warn(text, "peer", c.from)
	} else {
		t.opts.Logger.Debug(text, "peer", c.from)
	}
	c.retire()
}

// giveUpOne gives up the connection that is missed least, and waits until its
// descriptor is free. It reports false when none is idle.
func (t *Transport) giveUpOne(ctx context.Context) bool {
	c := t.conns.giveUp()
	if c == nil {
		return false
	}
	gone := c.until(&c.gone)
	t.giveUp(c, false)
	select {
	case <-gone:
	case <-time.After(goneWait):
	case <-ctx.Done():
	}
	return true
}

// awaitRoom keeps a place for a connection that is about to be made. It waits while
// all others are busy, until ctx ends.
func (t *Transport) awaitRoom(ctx context.Context, d *dial) error {
	for {
		loser, ok := t.conns.keep()
		if loser != nil {
			t.giveUp(loser, false)
		}
		d.noRoom.Store(!ok)
		if ok {
			return nil
		}
		select {
		case <-time.After(roomPause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// dialRaw opens a connection. When there is no descriptor for it others are given up,
// and where none is idle it waits for one, until ctx ends.
func (t *Transport) dialRaw(ctx context.Context, d *dial, network, address string) (net.Conn, error) {
	var dialer net.Dialer
	if t.opts.DialFrom.IsValid() {
		dialer.LocalAddr = &net.TCPAddr{IP: t.opts.DialFrom.AsSlice(), Zone: t.opts.DialFrom.Zone()}
	}
	open := dialer.DialContext
	if t.opts.Dialer != nil {
		open = t.opts.Dialer.DialContext
	}
	for givenUp := 0; ; {
		raw, err := open(ctx, network, address)
		noDescriptor := outOfDescriptors(err)
		d.noRoom.Store(noDescriptor)
		if !noDescriptor {
			return raw, err
		}
		if givenUp < maxGivenUp && t.giveUpOne(ctx) {
			givenUp++
			continue
		}
		select {
		case <-time.After(roomPause):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// admit gives a connection from outside a place. Where there are few it waits for one.
func (t *Transport) admit(c *conn) bool {
	deadline := time.Now().Add(newcomerWait)
	for {
		loser, ok := t.conns.admit(c)
		if loser != nil {
			t.giveUp(loser, true)
		}
		if ok || !t.opts.few() || time.Now().After(deadline) {
			return ok
		}
		select {
		case <-time.After(roomPause):
		case <-t.ctx.Done():
			return false
		}
	}
}
