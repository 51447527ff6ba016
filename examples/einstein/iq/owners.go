package iq

import (
	"errors"
	"fmt"
	"sync"

	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/forward"
	"github.com/ringmend/ringmend/node/ring"
)

// Downing says who owns the names of a node that is not reached.
type Downing struct {
	takeOver bool
	strategy node.Strategy // 0: both sides serve
}

// The rules without a resolver.
var (
	// DowningNone: no node, so their requests wait. Names belong to all members that the
	// node has ever heard of.
	DowningNone = Downing{}
	// DowningAuto: the nodes that are reached, on both sides of a partition. That is
	// Ringpop's rule, and was auto-downing in Akka.
	DowningAuto = Downing{takeOver: true}
)

// ErrDowning means that there is no such rule.
var ErrDowning = errors.New("unknown rule for downing")

// ParseDowning returns the rule of a name: none, auto, or that of a strategy, by which the nodes
// that are reached take over on the side that it keeps.
func ParseDowning(name string) (Downing, error) {
	d := Downing{takeOver: true}
	switch name {
	case "none":
		return DowningNone, nil
	case "auto":
		return DowningAuto, nil
	}
	if err := d.strategy.UnmarshalText([]byte(name)); err != nil || d.strategy == 0 {
		return Downing{}, fmt.Errorf("%w: %q, it must be none, auto, static-quorum, keep-majority, keep-oldest, keep-referee, down-all or lease-majority", ErrDowning, name)
	}
	return d, nil
}

// String returns the name of the rule, for [ParseDowning].
func (d Downing) String() string {
	switch {
	case d.strategy != 0:
		return d.strategy.String()
	case d.takeOver:
		return "auto"
	}
	return "none"
}

// Strategy returns the strategy of the resolver; zero if there is none.
func (d Downing) Strategy() node.Strategy { return d.strategy }

// everybody is the ring of all members that this node has heard of, reachable or not.
type everybody struct {
	n *node.Node

	mu       sync.Mutex
	ring     *ring.Ring
	checksum uint32 // of the membership that it was made of
}

// replicaPoints are those of the node's own ring.
const replicaPoints = 100

func (e *everybody) owner(key string) (string, error) {
	if err := e.n.Serving(); err != nil {
		return "", err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if checksum := e.n.Checksum(); e.ring == nil || checksum != e.checksum {
		var changes []ring.Change
		for _, m := range e.n.Members() {
			if m.Status != node.Leave {
				changes = append(changes, ring.Change{Server: string(m.Address), Identity: m.Identity()})
			}
		}
		e.ring, _ = ring.New(replicaPoints).Update(changes)
		e.checksum = checksum
	}
	owner, ok := e.ring.Lookup(key)
	if !ok {
		return "", node.ErrNoOwner
	}
	return owner, nil
}

// options returns how requests are forwarded by a rule.
func (d Downing) options(n *node.Node) forward.Options {
	o := forward.ForNode(n)
	if !d.takeOver {
		o.Owner, o.Accept = (&everybody{n: n}).owner, nil
	}
	owner := o.Owner
	o.Owner = func(key string) (string, error) {
		address, err := owner(key)
		if errors.Is(err, node.ErrFenced) {
			err = forward.Permanent(err) // for as long as the cut lasts: clients should ask elsewhere at once
		}
		return address, err
	}
	return o
}

// accept reports whether a node may answer for a name itself, and in which epoch.
func (d Downing) accept(n *node.Node, name string) (epoch uint64, err error) {
	if !d.takeOver {
		return 0, n.Serving()
	}
	return n.Accept(name)
}
