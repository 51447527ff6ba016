package render

import (
	"fmt"

	"github.com/ringmend/ringmend/node/wire"
)

// LookupJSON is the owner of a key.
type LookupJSON struct {
	Key string `json:"key"`
	// Owner is the member whom most nodes name.
	Owner wire.Address `json:"owner"`
	// Owners are all whom nodes name, that one first: more than one only while a
	// change spreads.
	Owners []OwnerJSON `json:"owners"`
}

// OwnerJSON is a member whom nodes name as the owner of a key.
type OwnerJSON struct {
	Owner wire.Address `json:"owner"`
	Nodes int          `json:"nodes"` // how many name it
}

// NewLookupJSON returns the JSON form of the owners of a key, of which there is at
// least one.
func NewLookupJSON(key string, owners []OwnerJSON) LookupJSON {
	return LookupJSON{Key: key, Owner: owners[0].Owner, Owners: owners}
}

// OtherOwners returns whom else nodes name, or nothing when they all name the first
// one.
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
