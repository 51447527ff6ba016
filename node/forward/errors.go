package forward

import (
	"errors"
	"fmt"
)

// Why a node does not forward a request. It has not executed it then.
var (
	// ErrNoKeys means that a request has no key.
	ErrNoKeys = Permanent(errors.New("the request has no key"))
	// ErrKeysDiverge means that the keys of a request have different owners.
	ErrKeysDiverge = Permanent(errors.New("the keys have different owners"))
	// ErrTooManyHops means that a request was forwarded too often by nodes that differ about
	// who owns its key.
	ErrTooManyHops = errors.New("forwarded too often: nodes differ about who owns the key")
	// ErrBusy means that too many requests are being forwarded.
	ErrBusy = Permanent(errors.New("too many requests are being forwarded"))
)

// Error says why a request was not answered.
type Error struct {
	// MayHaveRun reports whether an attempt may have been executed although no answer came
	// back. If it is false, none was.
	MayHaveRun bool
	// Attempts is how many attempts were made, and Owner where the last one went: empty if
	// none was made, or this node is the owner.
	Attempts int
	Owner    string
	// Err is why the last attempt has failed, or why there was none.
	Err error
}

func (e *Error) Error() string {
	outcome := "it was not executed"
	if e.MayHaveRun {
		outcome = "it may have been executed"
	}
	if e.Owner == "" {
		return fmt.Sprintf("request not handled (%s): %v", outcome, e.Err)
	}
	return fmt.Sprintf("request not forwarded to %s (attempt %d; %s): %v", e.Owner, e.Attempts, outcome, e.Err)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// permanent marks an error after which trying again is useless.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks an error of Owner or Accept that will not go away: the node is closed.
// Others are tried again.
func Permanent(err error) error { return permanent{err} }

// notRun marks an error of an attempt that cannot have been executed.
type notRun struct{ error }

func (n notRun) Unwrap() error { return n.error }

// NotRun marks the error of an attempt that cannot have been executed: no connection was
// made, or the other side says that it has refused the request. Transports use it.
func NotRun(err error) error { return notRun{err} }

// answered marks an error that is the handler's answer.
type answered struct{ error }

func (a answered) Unwrap() error { return a.error }

// Answered marks an error that is the answer of the owner's handler, for transports on which
// answers can be errors. [Do] returns it as it is, without the mark.
func Answered(err error) error { return answered{err} }
