package tui

import (
	"fmt"
	"slices"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// standing is what a verdict makes of a member.
type standing uint8

const (
	absent standing = iota // no member, or none any more
	up
	suspect
	silent // it does not answer, though it is held alive
	faulty
	left
	apart // up, but not on the largest side

	numStandings
)

// String returns the standing as a verdict counts it.
func (s standing) String() string {
	return [...]string{"absent", "up", "suspect", "not answering", "faulty", "left", "apart"}[s]
}

func (s standing) tone() tone {
	switch s {
	case up:
		return good
	case suspect, silent:
		return warning
	case faulty, apart:
		return bad
	default:
		return plain
	}
}

// rank orders standings by how urgently an operator wants to see them.
func (s standing) rank() int {
	return slices.Index([]standing{faulty, silent, suspect, left, absent, apart, up}, s)
}

// members returns the members that stand so.
func (s standing) members(v *admin.Verdict) []wire.Address {
	switch s {
	case up:
		return v.Up
	case suspect:
		return v.Suspect
	case silent:
		return v.Silent
	case faulty:
		return v.Faulty
	case left:
		return v.Left
	default:
		return nil
	}
}

// standingsOf returns how each member stands.
func standingsOf(v *admin.Verdict) map[wire.Address]standing {
	standings := map[wire.Address]standing{}
	for s := range numStandings {
		for _, member := range s.members(v) {
			standings[member] = s
		}
	}
	for i := range v.Sides {
		for _, node := range v.Sides[i].Nodes {
			if i > 0 && standings[node] == up { // the first is the largest
				standings[node] = apart
			}
		}
	}
	return standings
}

// worst returns the tone of the worst that a verdict says.
func worst(v *admin.Verdict) tone {
	tone := good
	switch v.Condition {
	case admin.Unknown:
		return plain
	case admin.Spreading:
		tone = warning
	case admin.Split:
		tone = bad
	}
	for s := range numStandings {
		if len(s.members(v)) > 0 {
			tone = max(tone, s.tone())
		}
	}
	return tone
}

// counts returns how many members stand how: "10 up, 2 faulty".
func counts(v *admin.Verdict) line {
	counts := line{{fmt.Sprintf("%d up", len(v.Up)), plain}}
	for s := up + 1; s < numStandings; s++ {
		if n := len(s.members(v)); n > 0 {
			counts = append(counts, span{", ", plain}, span{fmt.Sprintf("%d %v", n, s), s.tone()})
		}
	}
	return counts
}
