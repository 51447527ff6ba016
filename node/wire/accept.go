package wire

import "fmt"

// EndpointAccept is where a node is asked which keys it would serve itself now, as its own
// application asks it before each change.
const EndpointAccept = "/admin/accept"

// MaxAcceptKeys is how many keys can be asked for at once.
const MaxAcceptKeys = 1000

// AcceptRequest asks a node which of some keys it would serve itself.
type AcceptRequest struct {
	Keys []string `json:"keys"`
}

// Check returns an error when there are no keys, or too many.
func (r *AcceptRequest) Check() error {
	if len(r.Keys) == 0 || len(r.Keys) > MaxAcceptKeys {
		return fmt.Errorf("%w: %d keys, it must be from 1 to %d", ErrInvalid, len(r.Keys), MaxAcceptKeys)
	}
	return nil
}

// AcceptResponse is what the node would do with the keys, all at one moment.
type AcceptResponse struct {
	// Epoch grows with each decision of the resolver that keeps the node; 0 without one.
	Epoch uint64 `json:"epoch"`
	// Refused has the keys that the node would not serve, with the reason in a word: fenced,
	// starting, stale, handover, not-owner, no-owner or closed. It would serve all others.
	Refused map[string]string `json:"refused"`
}
