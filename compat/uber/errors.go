package ringpop

import "github.com/ringmend/ringmend/compat/pop"

var (
	// ErrNotBootstrapped is the error of methods that need a bootstrap first.
	ErrNotBootstrapped = pop.ErrNotBootstrapped
	// ErrEphemeralAddress means that the channel is to listen on port 0 and does not listen yet.
	ErrEphemeralAddress = pop.ErrEphemeralAddress
	// ErrChannelNotListening means that the channel does not listen.
	ErrChannelNotListening = pop.ErrChannelNotListening
	// ErrInvalidIdentity means that an identity looks like an address.
	ErrInvalidIdentity = pop.ErrInvalidIdentity
)
