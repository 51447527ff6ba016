package tchan

import "fmt"

// Code says what kind of [SystemError] one is, as in the protocol.
type Code byte

// The codes of the protocol.
const (
	CodeTimeout    Code = 0x01
	CodeCancelled  Code = 0x02
	CodeBusy       Code = 0x03 // the call was not handled: there are too many
	CodeDeclined   Code = 0x04 // the call was not handled, for another reason
	CodeUnexpected Code = 0x05 // the call failed
	CodeBadRequest Code = 0x06 // unknown services and endpoints among others
	CodeNetwork    Code = 0x07
	CodeUnhealthy  Code = 0x08
	CodeProtocol   Code = 0xff // the connection is over
)

var codeNames = map[Code]string{
	CodeTimeout: "timeout", CodeCancelled: "cancelled", CodeBusy: "busy", CodeDeclined: "declined",
	CodeUnexpected: "unexpected error", CodeBadRequest: "bad request", CodeNetwork: "network error",
	CodeUnhealthy: "unhealthy", CodeProtocol: "protocol error",
}

// String returns the code in words.
func (c Code) String() string {
	if name, ok := codeNames[c]; ok {
		return name
	}
	return fmt.Sprintf("error %#02x", byte(c))
}

// SystemError is an error frame: what the peer's transport, and not its handler, has to
// say about a call or about the connection. Message has at most 1 KB.
type SystemError struct {
	Code    Code
	Message string
}

// Error implements error.
func (e *SystemError) Error() string {
	return fmt.Sprintf("the peer says %v: %s", e.Code, e.Message)
}
