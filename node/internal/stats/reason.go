package stats

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// ReasonOf returns why a call failed. The error must not be nil.
func ReasonOf(err error) wire.Reason {
	var rejected *wire.RemoteError
	var network net.Error
	switch {
	case errors.Is(err, swim.ErrItself):
		return wire.ReasonItself
	case errors.As(err, &rejected):
		return wire.ReasonRejected
	case errors.Is(err, wire.ErrInvalid):
		return wire.ReasonInvalid
	case errors.Is(err, swim.ErrOtherApp), errors.Is(err, swim.ErrOtherNode), errors.Is(err, swim.ErrAddressTaken):
		return wire.ReasonStranger
	case errors.Is(err, syscall.ECONNREFUSED):
		return wire.ReasonRefused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return wire.ReasonUnreachable
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF):
		return wire.ReasonReset
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return wire.ReasonTimeout
	}
	return wire.ReasonOther
}
