package admin

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// reachPause is how long one node is listened for before more are tried.
const reachPause = 100 * time.Millisecond

// Unreached reports whether the call failed before the node said anything: it was
// not connected to, or not answered in time.
func (e *CallError) Unreached() bool {
	op, ok := errors.AsType[*net.OpError](e.Err)
	return ok && op.Op == "dial" || errors.Is(e.Err, ErrTimeout)
}

// Reach returns the first node that answers, even with a refusal. The nodes are
// tried in order: the next one when one fails, and twice as many as before after
// each tenth of a second without an answer. When all fail, failed lists all of
// them. The error is that of ctx.
func Reach(ctx context.Context, c *Client, nodes []wire.Address) (node wire.Address, failed []Node, err error) {
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan Node, len(nodes))
	next := 0
	try := func(n int) {
		for ; n > 0 && next < len(nodes); n-- {
			node := nodes[next]
			next++
			go func() { answers <- Node{Address: node, Err: c.Health(within, node)} }()
		}
	}
	try(1)
	more := time.NewTicker(reachPause)
	defer more.Stop()
	for len(failed) < len(nodes) {
		select {
		case n := <-answers:
			_, refused := errors.AsType[*tchan.RemoteError](n.Err)
			switch {
			case ctx.Err() != nil:
				return "", nil, context.Cause(ctx)
			case n.Err == nil || refused:
				return n.Address, nil, nil
			}
			failed = append(failed, n)
			try(1)
		case <-more.C:
			try(min(next, MaxConcurrency))
		case <-ctx.Done():
			return "", nil, context.Cause(ctx)
		}
	}
	return "", failed, nil
}
