package swim

import (
	"github.com/ringmend/ringmend/compat/pop/membership"
	"github.com/ringmend/ringmend/node/wire"
)

// The statuses of a member.
const (
	Alive     = "alive"
	Suspect   = "suspect"
	Faulty    = "faulty"
	Leave     = "leave"
	Tombstone = "tombstone"
)

// LabelMap holds the labels of a member, by their keys.
type LabelMap map[string]string

// Member is a member of a cluster as this node believes it to be.
type Member struct {
	Address     string   `json:"address"`
	Status      string   `json:"status"`
	Incarnation int64    `json:"incarnationNumber"`
	Labels      LabelMap `json:"labels,omitempty"`
}

// MemberOf returns a member of a node of this project's in ringpop-go's form. The labels
// are shared, and must not be modified.
func MemberOf(m *wire.Member) Member {
	return Member{Address: string(m.Address), Status: m.Status.String(), Incarnation: m.Incarnation, Labels: m.Labels}
}

// GetAddress returns the address of the member.
func (m Member) GetAddress() string { return m.Address }

// Label returns the value of a label; has is false when there is none.
func (m Member) Label(key string) (value string, has bool) {
	value, has = m.Labels[key]
	return value, has
}

// Identity returns the identity of the member, or its address if it has none.
func (m Member) Identity() string {
	if identity, ok := m.Label(membership.IdentityLabelKey); ok {
		return identity
	}
	return m.Address
}

// MemberPredicate is a test of a member.
type MemberPredicate func(member Member) bool

// MemberMatchesPredicates reports whether a member passes all tests. They are called in
// order, up to the first that fails.
func MemberMatchesPredicates(member Member, predicates ...MemberPredicate) bool {
	for _, p := range predicates {
		if !p(member) {
			return false
		}
	}
	return true
}

// MemberWithLabelAndValue returns a test for a label with a value.
func MemberWithLabelAndValue(key, value string) MemberPredicate {
	return func(m Member) bool {
		got, has := m.Label(key)
		return has && got == value
	}
}

// MemberStats is a membership with its checksum.
type MemberStats struct {
	Checksum uint32   `json:"checksum"`
	Members  []Member `json:"members"`
}
