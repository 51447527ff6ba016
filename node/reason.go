package node

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// Reason is a short name for why a call of the protocol failed, for counters.
type Reason string

// The reasons, all there are.
const (
	ReasonTimeout     Reason = "timeout"     // no answer in time
	ReasonRefused     Reason = "refused"     // nobody listens there
	ReasonUnreachable Reason = "unreachable" // no way to that host
	ReasonReset       Reason = "reset"       // the connection broke
	ReasonRejected    Reason = "rejected"    // the peer answered with an error
	ReasonInvalid     Reason = "invalid"     // the answer makes no sense
	ReasonStranger    Reason = "stranger"    // another app or another node answered
	ReasonItself      Reason = "itself"      // the node itself answered
	ReasonOther       Reason = "other"
)

// ReasonOf returns why a call failed. The error must not be nil.
func ReasonOf(err error) Reason {
	var rejected *tchan.RemoteError
	var network net.Error
	switch {
	case errors.Is(err, swim.ErrItself):
		return ReasonItself
	case errors.As(err, &rejected):
		return ReasonRejected
	case errors.Is(err, wire.ErrInvalid):
		return ReasonInvalid
	case errors.Is(err, swim.ErrOtherApp), errors.Is(err, swim.ErrOtherNode), errors.Is(err, swim.ErrAddressTaken):
		return ReasonStranger
	case errors.Is(err, syscall.ECONNREFUSED):
		return ReasonRefused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return ReasonUnreachable
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF):
		return ReasonReset
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return ReasonTimeout
	}
	return ReasonOther
}
