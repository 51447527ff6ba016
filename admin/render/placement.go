package render

import (
	"fmt"
	"math"
	"strconv"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// Shares returns a table of the part of the key space that each member owns.
func Shares(shares []admin.Share) string {
	t := table{{"address", "percentage"}}
	for _, s := range shares {
		t = append(t, []string{string(s.Address), strconv.FormatFloat(percent(s), 'f', -1, 64) + "%"})
	}
	return t.String()
}

// percent returns a share in percent with two digits.
func percent(s admin.Share) float64 { return math.Round(s.Part*1e4) / 1e2 }

// SharesJSON is the JSON form of [Shares].
type SharesJSON struct {
	// Flavour is that of the checksums: "go" or "node".
	Flavour string `json:"flavour"`
	// Shares are sorted by address.
	Shares []ShareJSON `json:"shares"`
}

// ShareJSON is the part of the key space that a member owns.
type ShareJSON struct {
	Address    wire.Address `json:"address"`
	Percentage float64      `json:"percentage"` // rounded to two digits
}

// NewSharesJSON returns the JSON form of shares of the key space.
func NewSharesJSON(flavour wire.Flavour, shares []admin.Share) SharesJSON {
	view := SharesJSON{Flavour: flavour.String(), Shares: []ShareJSON{}}
	for _, s := range shares {
		view.Shares = append(view.Shares, ShareJSON{s.Address, percent(s)})
	}
	return view
}

// Collisions returns the number of collisions and a table of them.
func Collisions(collisions []admin.Collision) string {
	if len(collisions) == 0 {
		return "no replica collisions!\n"
	}
	t := table{{"hash", "address", "# replica", "collision", "# replica"}}
	for _, c := range collisions {
		t = append(t, []string{
			checksum(c.Hash),
			string(c.One.Address), strconv.Itoa(c.One.Replica),
			string(c.Other.Address), strconv.Itoa(c.Other.Replica),
		})
	}
	return fmt.Sprintf("replica collisions:  %d\n%s", len(collisions), t)
}

// CollisionsJSON is the JSON form of [Collisions].
type CollisionsJSON struct {
	// Flavour is that of the checksums: "go" or "node".
	Flavour string `json:"flavour"`
	// Collisions is [] when there are none.
	Collisions []CollisionJSON `json:"collisions"`
}

// CollisionJSON is a hash that two members have in common.
type CollisionJSON struct {
	Hash    uint32       `json:"hash"`
	Address wire.Address `json:"address"`
	Replica int          `json:"replica"`
	// CollidesWith comes before Address on the ring.
	CollidesWith        wire.Address `json:"collidesWith"`
	CollidesWithReplica int          `json:"collidesWithReplica"`
}

// NewCollisionsJSON returns the JSON form of collisions.
func NewCollisionsJSON(flavour wire.Flavour, collisions []admin.Collision) CollisionsJSON {
	view := CollisionsJSON{Flavour: flavour.String(), Collisions: []CollisionJSON{}}
	for _, c := range collisions {
		view.Collisions = append(view.Collisions, CollisionJSON{
			c.Hash, c.One.Address, c.One.Replica, c.Other.Address, c.Other.Replica,
		})
	}
	return view
}
