package swim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// Errors of a join of a host.
var (
	// ErrItself is that this node has answered itself, at an address that is not the
	// one that it is known by.
	ErrItself = errors.New("the host is this node itself")
	// ErrAddressTaken is that another node has the address by which this one is known.
	ErrAddressTaken = errors.New("another node has the address of this one")
)

// HostError is why a host that discovery lists has not been joined.
type HostError struct {
	Host    string       // as it is listed
	Address wire.Address // at which it was called; empty: none is known
	Err     error
}

func (e HostError) Error() string { return e.Host + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e HostError) Unwrap() error { return e.Err }

// HostErrors are why several hosts have not been joined. It is an error that wraps all
// of them.
type HostErrors []HostError

func (e HostErrors) Error() string {
	const most = 5
	var b strings.Builder
	for i, host := range e {
		switch {
		case i == most:
			fmt.Fprintf(&b, " and %d more", len(e)-most)
			return b.String()
		case i > 0:
			b.WriteString("; ")
		}
		b.WriteString(host.Error())
	}
	return b.String()
}

// Unwrap returns the errors of the hosts.
func (e HostErrors) Unwrap() []error {
	errs := make([]error, len(e))
	for i := range e {
		errs[i] = e[i]
	}
	return errs
}

// hosts are the hosts that discovery lists. A host may be known by another address than
// the one that it is called at: that of a NAT in front of it, say, or of another
// interface. Whoever is called at a listed address that is no member's says itself what
// it is known by. (A member that is called and gives another address is another node,
// to which the member's was given: [ErrOtherNode].)
type hosts struct {
	listed  []wire.Address // as last heard
	aliases map[wire.Address]wire.Address
	token   string // in the refusals of this node's own joins
}

// listed takes in what discovery lists. When err says that this is not all, those that
// are missing may be listed all the same.
func (n *Node) listed(list []wire.Address, err error) {
	h := &n.hosts
	if err != nil && len(list) == 0 {
		return // it says nothing
	}
	h.listed = list
	if len(h.aliases) == 0 || err != nil && len(h.aliases) <= len(list) {
		return
	}
	still := make(map[wire.Address]bool, len(list))
	for _, host := range list {
		still[host] = true
	}
	maps.DeleteFunc(h.aliases, func(host, _ wire.Address) bool { return !still[host] })
}

// KnownAs returns the address of the member that answers at the address of a host,
// as far as the node has found out; nearly always it is the same.
func (n *Node) KnownAs(host wire.Address) wire.Address {
	known, ok := n.hosts.aliases[host]
	if !ok {
		return host
	}
	if m, member := n.table.Find(host); member && !n.table.Status(m).Dead() {
		return host // somebody else by now
	}
	return known
}

// AllKnownAs returns [Node.KnownAs] of hosts, which must not be modified any more.
func (n *Node) AllKnownAs(list []wire.Address) []wire.Address {
	if len(n.hosts.aliases) == 0 {
		return list
	}
	known := make([]wire.Address, len(list))
	for i, host := range list {
		known[i] = n.KnownAs(host)
	}
	return known
}

// identify checks by which address the node that answers a join at another one is known,
// and remembers it. Its membership has it under that address.
func (n *Node) identify(target, known wire.Address, membership *table.ChangeSet) error {
	switch {
	case known == target:
		delete(n.hosts.aliases, target)
		return nil
	case known == n.self.Address:
		return fmt.Errorf("%w: the one at %s", ErrAddressTaken, target)
	case !n.mayBeAlias(target) || !membership.Introduces(known):
		return fmt.Errorf("%w: %q in place of %s", ErrOtherNode, known, target)
	}
	n.addAlias(target, known)
	return nil
}

// mayBeAlias reports whether whoever answers at an address may be known by another one.
// As long as the node has not joined, what it holds of a host is hearsay.
func (n *Node) mayBeAlias(target wire.Address) bool {
	_, member := n.table.Find(target)
	return (!member || !n.ready) && slices.Contains(n.hosts.listed, target)
}

func (n *Node) addAlias(host, known wire.Address) {
	if n.hosts.aliases == nil {
		n.hosts.aliases = make(map[wire.Address]wire.Address)
	}
	n.hosts.aliases[host] = known
}

// refuseOwnJoin returns why this node refuses a join in its own name. By the token it
// knows the refusal again if the request was its own. Else two nodes have its address.
func (n *Node) refuseOwnJoin() error {
	if n.hosts.token == "" {
		n.hosts.token = strconv.FormatUint(n.rng.Uint64(), 36)
	}
	return fmt.Errorf("%w: %s (node %s) cannot join itself", ErrOwnAddress, n.self.Address, n.hosts.token)
}

// checkRefusal returns why a join has failed.
func (n *Node) checkRefusal(target wire.Address, err error) error {
	if n.hosts.token == "" || !strings.Contains(err.Error(), n.hosts.token) {
		return err
	}
	if n.mayBeAlias(target) {
		n.addAlias(target, n.self.Address)
	}
	return fmt.Errorf("%w: %s", ErrItself, target)
}
