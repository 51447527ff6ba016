package wire

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// ErrNotReady is why a node that has not joined yet refuses pings. Published nodes
// use the same text, by which the other side recognizes the error.
var ErrNotReady = errors.New("node is not ready to handle requests")

// RemoteError is the error that a peer's handler answered a call with. The peer
// is alive, reachable and speaks the protocol.
type RemoteError struct {
	// Message is the peer's text.
	Message string
}

// maxRemoteMessage is the longest text in bytes that is taken from a peer.
const maxRemoteMessage = 1024

// NewRemoteError returns the error that the body of an application error stands for: an
// [ErrorResponse], or plain text, which peers of other kinds send. At most 1 KB of the text
// is kept, in whole characters.
func NewRemoteError(body []byte) *RemoteError {
	var e ErrorResponse
	if Unmarshal(body, &e) == nil && e.Message != "" {
		return &RemoteError{Message: CutText(e.Message, maxRemoteMessage)}
	}
	return &RemoteError{Message: CutText(body, maxRemoteMessage)}
}

// MarshalError returns the body of the application error that says err, an [ErrorResponse].
func MarshalError(err error) ([]byte, error) {
	return Marshal(ErrorResponse{Type: "error", Message: strings.ToValidUTF8(err.Error(), "\uFFFD")})
}

// CutText returns a text of at most so many bytes, cut between characters.
func CutText[T string | []byte](text T, most int) string {
	if len(text) <= most {
		return string(text)
	}
	cut := most
	for cut > most-utf8.UTFMax && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return string(text[:cut])
}

func (e *RemoteError) Error() string { return e.Message }

// Is reports whether the text is that of target, which must be [ErrNotReady] or
// [ErrNoEndpoint].
func (e *RemoteError) Is(target error) bool {
	return (target == ErrNotReady || target == ErrNoEndpoint) && strings.Contains(e.Message, target.Error())
}
