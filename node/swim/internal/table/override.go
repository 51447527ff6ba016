package table

import (
	"cmp"

	"github.com/ringmend/ringmend/node/wire"
)

// Overrides reports whether a change wins over what is believed of its member. The
// higher incarnation wins; then the higher status; then, if the flavour has labels,
// those with the higher checksum, which makes all nodes end up with the same ones.
func Overrides(f wire.Flavour, c *wire.Change, m *wire.Member) bool {
	if order := outranks(c.Incarnation, c.Status, m.Incarnation, m.Status); order != 0 {
		return order > 0
	}
	return labelsOverride(f, c.Labels, m.Labels)
}

// outranks is positive when an incarnation and status win over what was before,
// negative when they lose, and 0 when the labels decide.
func outranks(incarnation int64, status wire.Status, before int64, was wire.Status) int {
	if incarnation != before {
		return cmp.Compare(incarnation, before)
	}
	return cmp.Compare(status, was)
}

func labelsOverride(f wire.Flavour, labels, old map[string]string) bool {
	if len(labels) == 0 && len(old) == 0 {
		return false
	}
	return f.HasLabels() && wire.LabelsChecksum(labels) > wire.LabelsChecksum(old)
}
