package wire

import "maps"

// IdentityLabel is the internal label under which a member's identity travels.
// The ring hashes a member's identity in place of its address.
const IdentityLabel = "__identity"

// Member is what a node believes of one member of the cluster.
type Member struct {
	Address Address `json:"address"`
	Status  Status  `json:"status"`
	// Incarnation is the member's version of itself, in milliseconds since
	// 1970. Only the member raises it.
	Incarnation int64 `json:"incarnationNumber"`
	// Labels must not be modified: they are shared by copies of the member.
	Labels map[string]string `json:"labels,omitempty"`
}

// Identity returns the identity label of the member, or its address when it has
// none.
func (m *Member) Identity() string {
	if identity, ok := m.Labels[IdentityLabel]; ok {
		return identity
	}
	return string(m.Address)
}

// Equal reports whether the members are the same in every respect; nil is only equal to
// nil.
func (m *Member) Equal(other *Member) bool {
	if m == nil || other == nil {
		return m == other
	}
	return m.Address == other.Address && m.Status == other.Status &&
		m.Incarnation == other.Incarnation && maps.Equal(m.Labels, other.Labels)
}
