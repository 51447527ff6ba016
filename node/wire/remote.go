package wire

import (
	"errors"
	"strings"
)

// ErrNotReady is why a node that has not joined yet refuses pings. Published nodes
// use the same text, which is how the error is known again on the other side.
var ErrNotReady = errors.New("node is not ready to handle requests")

// RemoteError is the error that a peer's handler answered a call with. The peer
// is alive, reachable and speaks the protocol.
type RemoteError struct {
	// Message is the peer's text.
	Message string
}

func (e *RemoteError) Error() string { return e.Message }

// Is reports whether the text is that of target, which must be [ErrNotReady].
func (e *RemoteError) Is(target error) bool {
	return target == ErrNotReady && strings.Contains(e.Message, ErrNotReady.Error())
}
