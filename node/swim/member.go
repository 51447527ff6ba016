package swim

import (
	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// IdentityLabel is the internal label under which a member's identity travels.
const IdentityLabel = wire.IdentityLabel

// Member is what is believed of one member of the cluster.
type Member = wire.Member

// Flavour selects how the checksum of a membership is computed; see [wire.Flavour].
type Flavour = wire.Flavour

// The flavours; see package wire.
const (
	FlavourGo   = wire.FlavourGo
	FlavourNode = wire.FlavourNode
	FlavourSum  = wire.FlavourSum
)

// Overrides reports whether a change wins over what is believed of its member. The
// higher incarnation wins; then the higher status; then, if the flavour has labels,
// those with the higher checksum, which makes all nodes end up with the same ones.
func Overrides(f Flavour, c *wire.Change, m *Member) bool { return table.Overrides(f, c, m) }
