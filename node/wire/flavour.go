package wire

import (
	"fmt"
	"strings"
)

// Flavour selects how the checksum of a membership is computed. All members of
// a cluster must use the same one: nodes that never agree on a checksum send
// each other their whole membership for ever.
type Flavour uint8

const (
	// FlavourGo is the checksum of ringpop-go.
	FlavourGo Flavour = iota
	// FlavourNode is the checksum of ringpop-node as its main.js runs it.
	FlavourNode
	// FlavourSum is a sum of one number for each member, which costs the same in a
	// cluster of any size. No other program has it: it is for simulations.
	FlavourSum
)

// ParseFlavour returns the flavour of real clusters named "go" or "node".
func ParseFlavour(name string) (Flavour, error) {
	switch name {
	case "go":
		return FlavourGo, nil
	case "node":
		return FlavourNode, nil
	}
	return 0, fmt.Errorf("unknown checksum flavour %q: it is go or node", name)
}

// String returns the name of the flavour.
func (f Flavour) String() string {
	switch f {
	case FlavourNode:
		return "node"
	case FlavourSum:
		return "sum"
	}
	return "go"
}

// HasLabels reports whether members of the flavour have labels, and so identities. In
// a ring with ringpop-node they cannot: it passes changes on without labels, and
// nodes that learn of a member through it would place it at other points.
func (f Flavour) HasLabels() bool { return f != FlavourNode }

// Compare orders addresses as the strings are ordered that Ringpop makes of the
// members for a checksum: address + status + incarnation. Statuses and
// incarnations do not matter for that: of two addresses neither of which begins
// with the other, the addresses decide; and if one does, it continues with
// digits of its port, which sort before the letter that a status begins with.
func (f Flavour) Compare(a, b Address) int {
	x, y := string(a), string(b)
	if f == FlavourGo && len(x) != len(y) {
		if strings.HasPrefix(x, y) {
			return -1
		}
		if strings.HasPrefix(y, x) {
			return 1
		}
	}
	return strings.Compare(x, y)
}
