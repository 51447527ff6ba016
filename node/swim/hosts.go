package swim

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// Errors of a join of a host.
var (
	// ErrItself means that this node has answered itself, at an address other than the one
	// it is known by.
	ErrItself = errors.New("the host is this node itself")
	// ErrAddressTaken means that another node has the address by which this one is known.
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
// interface. A node that is called at a listed address which is no member's says itself
// what it is known by. (A member that is called and gives another address is another node,
// to which the member's was given: [ErrOtherNode].)
type hosts struct {
	table *table.Table
	self  wire.Address // of the node

	list    []wire.Address                // as discovery gave it last; not modified
	aliases map[wire.Address]wire.Address // what a listed host is known by, if by another address
	token   string                        // in the refusals of this node's own joins; empty: none was refused
}

// set takes the list of discovery. When err says that this is not all, those that are
// missing may be listed all the same.
func (h *hosts) set(list []wire.Address, err error) {
	if err != nil && len(list) == 0 {
		return // it says nothing
	}
	h.list = list
	if len(h.aliases) == 0 || err != nil && len(h.aliases) <= len(list) {
		return
	}
	still := make(map[wire.Address]bool, len(list))
	for _, host := range list {
		still[host] = true
	}
	maps.DeleteFunc(h.aliases, func(host, _ wire.Address) bool { return !still[host] })
}

// knownAs returns the address of the member that answers at the address of a host.
func (h *hosts) knownAs(host wire.Address) wire.Address {
	known, ok := h.aliases[host]
	if !ok {
		return host
	}
	if m, member := h.table.Find(host); member && !h.table.Status(m).Dead() {
		return host // by now another node has that address
	}
	return known
}

// allKnownAs returns knownAs of hosts. The list may be the one that is handed in.
func (h *hosts) allKnownAs(list []wire.Address) []wire.Address {
	if len(h.aliases) == 0 {
		return list
	}
	known := make([]wire.Address, len(list))
	for i, host := range list {
		known[i] = h.knownAs(host)
	}
	return known
}

// count returns how many other nodes some hosts are. One that is listed twice, by different
// addresses, is one, and the node itself is none.
func (h *hosts) count(others []wire.Address) int {
	if len(h.aliases) == 0 {
		return len(others)
	}
	known := h.allKnownAs(others)
	slices.Sort(known)
	known = slices.Compact(known)
	if _, itself := slices.BinarySearch(known, h.self); itself {
		return len(known) - 1
	}
	return len(known)
}

// identify checks by which address the node that answers a join at another one is known,
// and remembers it. Its membership has it under that address.
func (h *hosts) identify(target, known wire.Address, membership *table.ChangeSet, ready bool) error {
	switch {
	case known == target:
		delete(h.aliases, target)
		return nil
	case known == h.self:
		return fmt.Errorf("%w: the one at %s", ErrAddressTaken, target)
	case !h.mayBeAlias(target, ready) || !membership.Introduces(known):
		return fmt.Errorf("%w: %q in place of %s", ErrOtherNode, known, target)
	}
	h.addAlias(target, known)
	return nil
}

// mayBeAlias reports whether the node that answers at an address may be known by another
// one. Until this node has joined, what it believes of a host may be wrong.
func (h *hosts) mayBeAlias(target wire.Address, ready bool) bool {
	_, member := h.table.Find(target)
	return (!member || !ready) && slices.Contains(h.list, target)
}

func (h *hosts) addAlias(host, known wire.Address) {
	if h.aliases == nil {
		h.aliases = make(map[wire.Address]wire.Address)
	}
	h.aliases[host] = known
}

// refuseOwnJoin returns why this node refuses a join in its own name. By the token it
// knows the refusal again if the request was its own. Else two nodes have its address.
func (h *hosts) refuseOwnJoin(rng *rand.Rand) error {
	if h.token == "" {
		h.token = strconv.FormatUint(rng.Uint64(), 36)
	}
	return fmt.Errorf("%w: %s (node %s) cannot join itself", ErrOwnAddress, h.self, h.token)
}

// checkRefusal returns why a join has failed.
func (h *hosts) checkRefusal(target wire.Address, err error, ready bool) error {
	if h.token == "" || !strings.Contains(err.Error(), h.token) {
		return err
	}
	if h.mayBeAlias(target, ready) {
		h.addAlias(target, h.self)
	}
	return fmt.Errorf("%w: %s", ErrItself, target)
}

// KnownAs returns the address of the member that answers at the address of a host,
// as far as the node has found out; nearly always it is the same.
func (n *Node) KnownAs(host wire.Address) wire.Address { return n.hosts.knownAs(host) }

// AllKnownAs returns [Node.KnownAs] of hosts, which must not be modified any more.
func (n *Node) AllKnownAs(list []wire.Address) []wire.Address { return n.hosts.allKnownAs(list) }
