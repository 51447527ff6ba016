package node

import (
	"context"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// outgoing is a call that is made for the core.
type outgoing struct {
	node  *Node
	call  swim.Call
	went  Called
	body  []byte
	began time.Time
}

// begin makes a call for the core, and hands in the result when it is there. A ping needs no
// goroutine for that if the transport is a [transport.Prompt].
func (n *Node) begin(call swim.Call) {
	n.meters.client.Mark()
	o := &outgoing{node: n, call: call, began: time.Now()}
	o.went = Called{Endpoint: call.Request.Endpoint(), Target: call.Target, Purpose: call.Purpose}
	if n.prompt != nil && o.went.Endpoint == wire.EndpointPing {
		if err := o.encode(); err == nil && n.prompt.Start(call.Timeout, string(call.Target), o.went.Endpoint, o.body, o.returned) {
			return
		}
	}
	go o.run()
}

// run makes the call, and waits for its end.
func (o *outgoing) run() {
	if err := o.encode(); err != nil {
		o.returned(nil, err)
		return
	}
	ctx, cancel := context.WithTimeout(o.node.ctx, o.call.Timeout)
	defer cancel()
	o.returned(o.node.transport.Call(ctx, string(o.call.Target), o.went.Endpoint, o.body))
}

func (o *outgoing) encode() (err error) {
	if o.body == nil {
		o.body, err = o.node.encode(o.call.Request)
		o.went.Sent = len(o.body)
	}
	return err
}

// returned hands in what the call came to.
func (o *outgoing) returned(answer []byte, err error) {
	n := o.node
	defer n.running.Done()
	response, err := o.decode(answer, err)
	if n.listeners.any() { // else the event need not be made
		o.went.Duration, o.went.Err = time.Since(o.began), err
		n.listeners.tell(o.went)
	}
	n.input(func(c *core.Core, now time.Time) {
		if err == nil {
			n.healing.Transferred(o.went.Purpose, o.went.Endpoint, o.went.Sent, o.went.Received)
		}
		c.Response(now, o.call.ID, response, err)
	})
}

func (o *outgoing) decode(answer []byte, err error) (wire.Response, error) {
	if err != nil {
		return nil, understood(err)
	}
	o.went.Received = len(answer)
	response, skipped, err := wire.DecodeResponse(o.went.Endpoint, answer)
	if err != nil {
		return nil, err
	}
	if skipped > 0 {
		o.node.tell(swim.AnswerChangesSkipped{From: o.call.Target, Count: skipped, Why: wire.ErrInvalid.Error()})
	}
	return response, nil
}
