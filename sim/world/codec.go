package world

import (
	"github.com/ringmend/ringmend/node/wire"
)

// passRequest returns a request as the target sees it: passed through the codec of
// the wire, or the body itself. Neither sender nor receiver may change a body
// afterwards; with the codec they share no memory, and the trace must be the same.
func (w *World) passRequest(c *Call) wire.Request {
	if w.Script.Wire {
		return w.recodeRequest(c)
	}
	return c.Request
}

func (w *World) passResponse(c *Call) (wire.Response, error) {
	if c.err != nil || c.Response == nil || !w.Script.Wire {
		return c.Response, c.err
	}
	return w.recodeResponse(c)
}

// recodeRequest passes a request through the codec of the wire. An error is a
// violation: a core must not send what cannot be read.
func (w *World) recodeRequest(c *Call) wire.Request {
	var encoder wire.Encoder
	body, err := encoder.Encode(c.Request)
	if err == nil {
		var request wire.Request
		if request, err = wire.DecodeRequest(c.Request.Endpoint(), body); err == nil {
			return request
		}
	}
	w.Violate(InvariantWire, []*Node{c.From, c.To}, "node %d sent what cannot be read: %v", c.From.Number(), err)
	return nil
}

func (w *World) recodeResponse(c *Call) (wire.Response, error) {
	var encoder wire.Encoder
	body, err := encoder.Encode(c.Response)
	if err == nil {
		response, skipped, err := wire.DecodeResponse(c.Request.Endpoint(), body)
		if err == nil && skipped == 0 {
			return response, nil
		}
	}
	w.Violate(InvariantWire, []*Node{c.From, c.To}, "node %d answered what cannot be read: %v", c.To.Number(), err)
	return nil, errTimedOut
}
