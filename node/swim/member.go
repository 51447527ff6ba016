package swim

import (
	"cmp"

	"github.com/ringmend/ringmend/node/wire"
)

// IdentityLabel is the internal label under which a member's identity travels.
const IdentityLabel = wire.IdentityLabel

// Member is what is believed of one member of the cluster.
type Member = wire.Member

// Overrides reports whether change c wins over what is believed of the same
// member. The higher incarnation wins; then the higher status; then, if the flavour
// has labels, those with the higher checksum, so that everybody ends up with the
// same ones.
func Overrides(f Flavour, c *wire.Change, m *Member) bool {
	if order := outranks(c.Incarnation, c.Status, m.Incarnation, m.Status); order != 0 {
		return order > 0
	}
	return labelsOverride(f, c.Labels, m.Labels)
}

// outranks is positive when a change to an incarnation and a status wins over what
// was before, negative when it loses, and 0 when the labels decide.
func outranks(incarnation int64, status wire.Status, before int64, was wire.Status) int {
	if incarnation != before {
		return cmp.Compare(incarnation, before)
	}
	return cmp.Compare(status, was)
}

func labelsOverride(f Flavour, news, old map[string]string) bool {
	if len(news) == 0 && len(old) == 0 {
		return false
	}
	return f.HasLabels() && wire.LabelsChecksum(news) > wire.LabelsChecksum(old)
}
