package main

import "slices"

// A group is inputs of one kind.
type group string

const (
	frames     group = "frames"
	handshakes group = "handshakes"
	bodies     group = "bodies"
	slow       group = "slow senders"
	floods     group = "floods"
	// powers are what a member of a cluster may do: that something changes is no fault.
	powers group = "what members may say"
)

var groups = []group{handshakes, frames, bodies, slow, floods, powers}

// input is something that is done to a node. It is nil for a protocol that has nothing like
// it.
type input struct {
	group      group
	name       string
	ringpop    func(*attack)
	memberlist func(*attack)
}

// of returns what is done to a node of a program.
func (in *input) of(program string) func(*attack) {
	if program == memberlist {
		return in.memberlist
	}
	return in.ringpop
}

// inputs returns all of them, those of a group together. Inputs of the two protocols that
// have the same name are one.
func inputs() []input {
	var all []input
	for _, list := range [][]input{handshakeInputs, frameInputs, bodyInputs(), slowInputs, floodInputs, powerInputs} {
		all = append(all, list...)
	}
	for _, other := range memberlistInputs {
		i := slices.IndexFunc(all, func(in input) bool { return in.name == other.name && in.group == other.group })
		if i < 0 {
			all = append(all, other)
			continue
		}
		all[i].memberlist = other.memberlist
	}
	slices.SortStableFunc(all, func(a, b input) int {
		return slices.Index(groups, a.group) - slices.Index(groups, b.group)
	})
	return all
}
