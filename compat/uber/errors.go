package ringpop

import "github.com/ringmend/ringmend/compat/pop"

var (
	// ErrNotBootstrapped is the error of methods that need a bootstrap before.
	ErrNotBootstrapped = pop.ErrNotBootstrapped
	// ErrEphemeralAddress is that the channel listens on port 0 and does not listen yet.
	ErrEphemeralAddress = pop.ErrEphemeralAddress
	// ErrChannelNotListening is that the channel does not listen.
	ErrChannelNotListening = pop.ErrChannelNotListening
	// ErrInvalidIdentity is that an identity looks like an address.
	ErrInvalidIdentity = pop.ErrInvalidIdentity
)
