package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// resolve finds the nodes that a spec means. Lines of the listing that are not
// understood are an error when they are about these nodes, and otherwise left out with
// a note: a machine has many sockets that are not the cluster's.
func (p *program) resolve(spec partition.Spec, universe partition.Universe) (*partition.Split, error) {
	if err := p.unreadAbout(named(spec)); err != nil {
		return nil, err
	}
	split, err := spec.Resolve(universe)
	if err != nil {
		missing := errors.Is(err, partition.ErrNoListener) || errors.Is(err, partition.ErrRest)
		if len(p.unread) > 0 && missing {
			err = fmt.Errorf("%w; %w", err, &p.unread[0])
		}
		return nil, err
	}
	// "*" may mean ports that are not named.
	var found []partition.Item
	for _, n := range split.Nodes {
		found = append(found, partition.Item{From: n.Address.Port(), To: n.Address.Port()})
	}
	if err := p.unreadAbout(found); err != nil {
		return nil, err
	}
	if err := p.unreadRest(spec, split); err != nil {
		return nil, err
	}
	switch n := len(p.unread); {
	case n == 1:
		p.say("Note: a line that is about none of these nodes is left out: %v.", &p.unread[0])
	case n > 1:
		p.say("Note: %d lines that are about none of these nodes are left out, the first one: %v.", n, &p.unread[0])
	}
	return split, nil
}

// named returns all that is named in a spec.
func named(spec partition.Spec) (items []partition.Item) {
	for _, part := range append(slices.Clone(spec.Parts), spec.Isolate, spec.Bridge) {
		items = append(items, part...)
	}
	for _, pair := range spec.Pairs {
		items = append(items, pair[:]...)
	}
	return items
}

// unreadAbout returns the first line that is not understood and names one of these
// ports.
func (p *program) unreadAbout(items []partition.Item) error {
	for i := range p.unread {
		for _, item := range items {
			if item.From != 0 && p.unread[i].Names(item.From, item.To) {
				return &p.unread[i]
			}
		}
	}
	return nil
}

// unreadRest returns the first line that is not understood and may be a node that "*"
// means: a listener of the same program.
func (p *program) unreadRest(spec partition.Spec, split *partition.Split) error {
	isRest := func(i partition.Item) bool { return i.Rest }
	if len(spec.Isolate) == 0 && !slices.ContainsFunc(named(spec), isRest) {
		return nil
	}
	i := slices.IndexFunc(p.unread, func(u sockets.Unread) bool {
		return u.Listens && u.Command != "" &&
			slices.ContainsFunc(split.Nodes, func(n partition.Node) bool { return n.Command == u.Command })
	})
	if i < 0 {
		return nil
	}
	return &p.unread[i]
}
