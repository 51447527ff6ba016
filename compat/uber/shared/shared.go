// Package shared has the interfaces of TChannel that a Ringpop needs.
package shared

import (
	"context"
	"time"

	"github.com/uber/tchannel-go"
)

// SubChannel is a TChannel subchannel: *tchannel.SubChannel.
type SubChannel interface {
	tchannel.Registrar
}

// TChannel is the channel of the application: *tchannel.Channel.
type TChannel interface {
	GetSubChannel(string, ...tchannel.SubChannelOption) *tchannel.SubChannel
	PeerInfo() tchannel.LocalPeerInfo
	Register(h tchannel.Handler, methodName string)
	State() tchannel.ChannelState
}

// NewTChannelContext returns a context for a call, without traces or retries.
func NewTChannelContext(timeout time.Duration) (tchannel.ContextWithHeaders, context.CancelFunc) {
	ctx, cancel := tchannel.NewContextBuilder(timeout).
		DisableTracing().
		SetRetryOptions(&tchannel.RetryOptions{RetryOn: tchannel.RetryNever}).
		Build()
	return ctx, cancel
}
