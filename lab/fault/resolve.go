package fault

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Scene is what names of nodes mean at a moment. Nodes are numbered from 0.
type Scene struct {
	Nodes  int
	Leader int // -1 when there is none
}

// Follower returns the node after the leader.
func (s Scene) Follower() int { return (s.Leader + 1) % s.Nodes }

// NeedsLeader reports whether the command names nodes by who leads.
func (c Command) NeedsLeader() bool {
	for _, names := range append(c.Parts[:len(c.Parts):len(c.Parts)], c.Nodes) {
		for _, name := range names {
			if name == "leader" || name == "follower" || name == "followers" {
				return true
			}
		}
	}
	return false
}

// Named returns the command with the numbers of the nodes that it names by who leads.
func (s Scene) Named(c Command) (Command, error) {
	numbers := func(names Names) (Names, error) {
		var list Names
		for _, name := range names {
			if name != "leader" && name != "follower" && name != "followers" {
				list = append(list, name)
				continue
			}
			nodes, err := s.resolve(name)
			if err != nil {
				return nil, err
			}
			list = append(list, namesOf(nodes...)...)
		}
		return list, nil
	}
	var err error
	if c.Nodes, err = numbers(c.Nodes); err != nil {
		return c, err
	}
	parts := c.Parts
	c.Parts = nil
	for _, part := range parts {
		part, err := numbers(part)
		if err != nil {
			return c, err
		}
		c.Parts = append(c.Parts, part)
	}
	return c, nil
}

var errNoLeader = errors.New("there is no leader now")

// Resolve returns the nodes that each of some lists names, from 0. A * stands for those
// that no list names.
func (s Scene) Resolve(lists ...Names) ([][]int, error) {
	sets := make([][]int, len(lists))
	rest := -1
	named := map[int]bool{}
	for i, list := range lists {
		for _, name := range list {
			if name == "*" {
				if rest >= 0 && rest != i {
					return nil, errors.New("* can stand in one part only")
				}
				rest = i
				continue
			}
			nodes, err := s.resolve(name)
			if err != nil {
				return nil, err
			}
			for _, n := range nodes {
				if slices.Contains(sets[i], n) {
					continue
				}
				if named[n] {
					return nil, fmt.Errorf("node %d is in two parts", n+1)
				}
				sets[i] = append(sets[i], n)
			}
		}
		for _, n := range sets[i] {
			named[n] = true
		}
	}
	if rest >= 0 {
		for n := range s.Nodes {
			if !named[n] {
				sets[rest] = append(sets[rest], n)
			}
		}
	}
	for i := range sets {
		if len(lists[i]) > 0 && len(sets[i]) == 0 {
			return nil, errors.New("a part is empty")
		}
		slices.Sort(sets[i])
	}
	return sets, nil
}

func (s Scene) resolve(name string) ([]int, error) {
	switch name {
	case "leader", "follower", "followers":
		switch {
		case s.Leader < 0:
			return nil, errNoLeader
		case name == "leader":
			return []int{s.Leader}, nil
		case s.Nodes < 2:
			return nil, errors.New("there is one node only")
		case name == "follower":
			return []int{s.Follower()}, nil
		}
		var all []int
		for n := range s.Nodes {
			if n != s.Leader {
				all = append(all, n)
			}
		}
		return all, nil
	}
	n, err := strconv.Atoi(name)
	if err != nil || n < 1 || n > s.Nodes {
		return nil, fmt.Errorf("node %s does not exist, there are 1 to %d", name, s.Nodes)
	}
	return []int{n - 1}, nil
}

// namesOf is the other way round.
func namesOf(nodes ...int) Names {
	var names Names
	for _, n := range nodes {
		names = append(names, strconv.Itoa(n+1))
	}
	return names
}
