package render

import (
	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// Checksums returns a table, without a header, of the membership checksum of
// every node that answered.
func Checksums(c *admin.Cluster) string {
	var t table
	for _, n := range c.Nodes {
		if n.Err == nil {
			t = append(t, []string{string(n.Address), checksum(n.Stats.Membership.Checksum)})
		}
	}
	return t.String()
}

// ChecksumsJSON is the JSON form of [Checksums].
type ChecksumsJSON struct {
	// Nodes are the nodes that answered, sorted by address.
	Nodes []ChecksumJSON `json:"nodes"`
	// Failed are the nodes that gave no usable answer; [] when all did.
	Failed []FailureJSON `json:"failed"`
}

// ChecksumJSON is the membership checksum of a node.
type ChecksumJSON struct {
	Address  wire.Address `json:"address"`
	Checksum uint32       `json:"checksum"`
}

// NewChecksumsJSON returns the JSON form of the checksums of a cluster.
func NewChecksumsJSON(c *admin.Cluster) ChecksumsJSON {
	view := ChecksumsJSON{Nodes: []ChecksumJSON{}, Failed: failures(c, c.Partitions())}
	for _, n := range c.Nodes {
		if n.Err == nil {
			view.Nodes = append(view.Nodes, ChecksumJSON{n.Address, n.Stats.Membership.Checksum})
		}
	}
	return view
}
