package swim

import (
	"cmp"
	"maps"

	"github.com/ringmend/ringmend/node/wire"
)

// IdentityLabel is the internal label under which a member's identity travels.
// The ring hashes a member's identity in place of its address.
const IdentityLabel = "__identity"

// Member is what is believed of one member of the cluster.
type Member struct {
	Address wire.Address
	Status  wire.Status
	// Incarnation is the member's version of itself, in milliseconds since
	// 1970. Only the member raises it.
	Incarnation int64
	// Labels must not be modified: they are shared by copies of the member.
	Labels map[string]string
}

// Identity returns the identity label of the member, or its address when it has
// none.
func (m *Member) Identity() string {
	if identity, ok := m.Labels[IdentityLabel]; ok {
		return identity
	}
	return string(m.Address)
}

// Equal reports whether the members are the same in every respect.
func (m *Member) Equal(other *Member) bool {
	return m.Address == other.Address && m.Status == other.Status &&
		m.Incarnation == other.Incarnation && maps.Equal(m.Labels, other.Labels)
}

// Overrides reports whether change c wins over what is believed of the same
// member. The higher incarnation wins; then the higher status; then, if the flavour
// has labels, those with the higher checksum, so that everybody ends up with the
// same ones.
func (f Flavour) Overrides(c *wire.Change, m *Member) bool {
	if order := outranks(c.Incarnation, c.Status, m.Incarnation, m.Status); order != 0 {
		return order > 0
	}
	return f.labelsOverride(c.Labels, m.Labels)
}

// outranks is positive when a change to an incarnation and a status wins over what
// was before, negative when it loses, and 0 when the labels decide.
func outranks(incarnation int64, status wire.Status, before int64, was wire.Status) int {
	if incarnation != before {
		return cmp.Compare(incarnation, before)
	}
	return cmp.Compare(status, was)
}

func (f Flavour) labelsOverride(news, old map[string]string) bool {
	if len(news) == 0 && len(old) == 0 {
		return false
	}
	return f.HasLabels() && labelsChecksum(news) > labelsChecksum(old)
}
