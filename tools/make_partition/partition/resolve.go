package partition

import (
	"fmt"
	"slices"
)

// Spec is what to cut. Parts, Isolate and Pairs are three ways to say it, of
// which exactly one is used; Bridge goes with the first two.
type Spec struct {
	// Parts are cut from each other, every one from every other.
	Parts []Part
	// Isolate are nodes that are cut from all others, each other included.
	Isolate Part
	// Pairs are cut one by one, and nothing else is.
	Pairs [][2]Item
	// Bridge are nodes that all others still reach.
	Bridge Part
}

// Pair is two nodes that may not talk: indices into [Split.Nodes], A < B.
type Pair struct{ A, B int }

// Split is a cut between nodes.
type Split struct {
	Nodes []Node
	// Sides are the parts as indices into Nodes; empty when single pairs are cut.
	Sides [][]int
	// Cut are the pairs that may not talk, sorted.
	Cut []Pair
}

// IsCut reports whether two nodes may not talk.
func (s *Split) IsCut(a, b int) bool {
	_, found := slices.BinarySearchFunc(s.Cut, Pair{min(a, b), max(a, b)}, comparePairs)
	return found
}

func comparePairs(x, y Pair) int {
	if x.A != y.A {
		return x.A - y.A
	}
	return x.B - y.B
}

// Resolve finds the nodes that the spec means. Errors wrap [ErrUsage] when the
// words make no sense, else [ErrNoListener] or [ErrRest].
func (s Spec) Resolve(u Universe) (*Split, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	r := &resolver{universe: u, side: make(map[string]int)}
	if err := r.add(s.Bridge, bridge); err != nil {
		return nil, err
	}
	var err error
	switch {
	case len(s.Pairs) > 0:
		err = r.pairs(s.Pairs)
	case len(s.Isolate) > 0:
		err = r.isolate(s.Isolate)
	default:
		err = r.parts(s.Parts)
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(r.split.Cut, comparePairs)
	r.split.Cut = slices.Compact(r.split.Cut)
	return &r.split, r.separable()
}

// Check checks that the parts of the spec fit together. Resolve does so, too; Check is
// for callers that want to know before looking for nodes. The error wraps [ErrUsage].
func (s Spec) Check() error {
	ways := 0
	for _, used := range []bool{len(s.Parts) > 0, len(s.Isolate) > 0, len(s.Pairs) > 0} {
		if used {
			ways++
		}
	}
	switch {
	case ways == 0:
		return usagef("no parts: name at least two, as in: 3000,3001 3002,3003")
	case ways > 1:
		return usagef("parts, --isolate and --pair do not mix")
	case len(s.Parts) == 1:
		return usagef("one part is nothing to cut from: name at least two (\"*\" is the rest)")
	case len(s.Pairs) > 0 && len(s.Bridge) > 0:
		return usagef("--bridge goes with parts or --isolate, not with --pair")
	}
	rests := 0
	for _, part := range append(slices.Clone(s.Parts), s.Isolate, s.Bridge) {
		for _, item := range part {
			if item.Rest {
				rests++
			}
		}
	}
	if hasRest(s.Isolate) || hasRest(s.Bridge) {
		return usagef("\"*\" stands in a part only")
	}
	if rests > 1 {
		return usagef("\"*\" is in two parts")
	}
	return nil
}

func hasRest(p Part) bool { return slices.ContainsFunc(p, func(i Item) bool { return i.Rest }) }

// bridge is the side of nodes that are on all sides.
const bridge = -1

type resolver struct {
	universe Universe
	split    Split
	side     map[string]int
}

// parts puts each part on a side of its own.
func (r *resolver) parts(parts []Part) error {
	rest := -1
	for _, part := range parts {
		side := r.newSide()
		if err := r.add(part, side); err != nil {
			return err
		}
		if hasRest(part) {
			rest = side
		}
	}
	if rest >= 0 {
		if err := r.addRest(rest); err != nil {
			return err
		}
	}
	r.cutSides()
	return nil
}

// isolate puts each node on a side of its own, and all others on one.
func (r *resolver) isolate(nodes Part) error {
	for _, item := range nodes {
		found, err := r.universe.Find(item)
		if err != nil {
			return err
		}
		for _, n := range found {
			if _, err := r.addNode(n, r.newSide()); err != nil {
				return err
			}
		}
	}
	if err := r.addRest(r.newSide()); err != nil {
		return err
	}
	r.cutSides()
	return nil
}

func (r *resolver) newSide() int {
	r.split.Sides = append(r.split.Sides, nil)
	return len(r.split.Sides) - 1
}

// addRest is done last, when all that are named are known.
func (r *resolver) addRest(side int) error {
	nodes, err := r.universe.Rest(r.split.Nodes)
	if err != nil {
		return err
	}
	return r.addNodes(nodes, side)
}

func (r *resolver) cutSides() {
	for i, side := range r.split.Sides {
		for _, other := range r.split.Sides[i+1:] {
			for _, a := range side {
				for _, b := range other {
					r.cut(a, b)
				}
			}
		}
	}
}

// pairs finds the two nodes of each pair. A node may be in many pairs.
func (r *resolver) pairs(pairs [][2]Item) error {
	for _, pair := range pairs {
		var at [2]int
		for i, item := range pair {
			nodes, err := r.universe.Find(item)
			if err != nil {
				return err
			}
			if len(nodes) > 1 {
				return usagef("%s means %d nodes (%s, %s): name one as HOST:PORT", item, len(nodes), &nodes[0], &nodes[1])
			}
			if at[i], err = r.addNode(nodes[0], 0); err != nil {
				return err
			}
		}
		if at[0] == at[1] {
			return usagef("%s-%s: a node is not cut from itself", pair[0], pair[1])
		}
		r.cut(at[0], at[1])
	}
	return nil
}

func (r *resolver) cut(a, b int) {
	r.split.Cut = append(r.split.Cut, Pair{min(a, b), max(a, b)})
}

func (r *resolver) add(part Part, side int) error {
	for _, item := range part {
		if item.Rest {
			continue
		}
		nodes, err := r.universe.Find(item)
		if err != nil {
			return err
		}
		if err := r.addNodes(nodes, side); err != nil {
			return err
		}
	}
	return nil
}

func (r *resolver) addNodes(nodes []Node, side int) error {
	for _, n := range nodes {
		if _, err := r.addNode(n, side); err != nil {
			return err
		}
	}
	return nil
}

// addNode adds a node to a side unless it is there already.
func (r *resolver) addNode(n Node, side int) (int, error) {
	key := n.Address.String()
	if i := slices.IndexFunc(r.split.Nodes, func(o Node) bool { return o.Address == n.Address }); i >= 0 {
		if r.side[key] != side {
			return 0, usagef("the parts overlap: %s is in two of them", &n)
		}
		return i, nil
	}
	if len(r.split.Nodes) == MaxNodes {
		return 0, usagef("more than %d nodes", MaxNodes)
	}
	r.side[key] = side
	r.split.Nodes = append(r.split.Nodes, n)
	i := len(r.split.Nodes) - 1
	if side != bridge && len(r.split.Sides) > 0 {
		r.split.Sides[side] = append(r.split.Sides[side], i)
	}
	return i, nil
}

// separable refuses a cut through the middle of a process.
func (r *resolver) separable() error {
	for _, p := range r.split.Cut {
		a, b := &r.split.Nodes[p.A], &r.split.Nodes[p.B]
		if a.sameProcess(b) {
			return fmt.Errorf("%w: %s and %s are the same process (%d)",
				usagef("cannot cut"), a, b, a.PIDs[0])
		}
	}
	return nil
}
