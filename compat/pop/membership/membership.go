// Package membership has ringpop-go's view of members and of their changes. It imports
// nothing.
package membership

// IdentityLabelKey is the label that holds a member's identity.
const IdentityLabelKey = "__identity"

// Member is a member of a cluster.
type Member interface {
	// GetAddress returns the address that the member is known by, host:port.
	GetAddress() string
	// Label returns the value of a label; has is false when there is none.
	Label(key string) (value string, has bool)
	// Identity returns what the member is placed in the ring by: its address unless it
	// has an identity.
	Identity() string
}

// MemberChange is a change of one member. Before is nil when it was not reachable, and
// After when it is not.
type MemberChange struct {
	Before Member
	After  Member
}

// ChangeEvent tells changes that happened together. By then they can be seen.
type ChangeEvent struct {
	Changes []MemberChange
}
