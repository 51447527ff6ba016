package render

import (
	"fmt"

	"github.com/ringmend/ringmend/node/wire"
)

// LookupJSON is the owner of a key.
type LookupJSON struct {
	Key string `json:"key"`
	// Owner is the member that most nodes name.
	Owner wire.Address `json:"owner"`
	// Owners are all members that nodes name, that one first. There is more than one
	// only while a change spreads.
	Owners []OwnerJSON `json:"owners"`
}

// OwnerJSON is a member that nodes name as the owner of a key.
type OwnerJSON struct {
	Owner wire.Address `json:"owner"`
	Nodes int          `json:"nodes"` // how many name it
}

// NewLookupJSON returns the JSON form of the owners of a key, of which there is at
// least one.
func NewLookupJSON(key string, owners []OwnerJSON) LookupJSON {
	return LookupJSON{Key: key, Owner: owners[0].Owner, Owners: owners}
}

// OtherOwners reports that nodes name different owners, or returns nothing when they
// agree.
func OtherOwners(owners []OwnerJSON) string {
	if len(owners) == 1 {
		return ""
	}
	text := "A change is spreading, nodes name other owners too.\n"
	var t table
	for _, o := range owners {
		t = append(t, []string{string(o.Owner), plural(o.Nodes, "node")})
	}
	return text + fmt.Sprint(t)
}
