package discovery

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// ErrUnresolved is wrapped by the errors of hosts whose names have no address. They
// wrap the error of the lookup, too, a *[net.DNSError] as a rule.
var ErrUnresolved = errors.New("name does not resolve")

// Host is a host of a list and the addresses that it stands for.
type Host struct {
	Listed string // as the provider has it
	// Addresses are where a node may be. All of a name's are: they can be as many
	// nodes.
	Addresses []wire.Address
	// Err is why the host has no address, or none but those that it had before. It
	// wraps [ErrHosts] or [ErrUnresolved].
	Err error
}

// IsName reports whether the host is listed by a name.
func (h *Host) IsName() bool {
	address, err := wire.ParseAddress(h.Listed)
	return err == nil && !isIP(address)
}

// Resolver finds the addresses of hosts. Its fields must not be changed once it is
// used; Resolve may be called concurrently.
type Resolver struct {
	// Self is what the node that asks is known by. Of a name that has IPv4 and IPv6
	// addresses, those of the same kind as Self are taken: a member is known by one
	// address, and the others are the same hosts a second time. When a name leads to
	// the loopback interface and to the port of a node that others reach elsewhere,
	// it is a name of this machine, and stands for Self.
	//
	// If Self has a name in it, the cluster is one of names, and they are left as they
	// are.
	Self wire.Address
	// Lookup returns the addresses of a name. It must return soon after ctx ends.
	// Default: the resolver of the system.
	Lookup func(ctx context.Context, name string) ([]netip.Addr, error)
	// Timeout bounds each lookup. Default: 2 s.
	Timeout time.Duration

	mu   sync.Mutex
	last map[string][]netip.Addr // of the names in the last list, when they last had some
}

const (
	defaultLookupTimeout = 2 * time.Second
	// maxLookups is how many names are looked up at the same time.
	maxLookups = 32
)

// Resolve looks up the names among hosts and returns all hosts in their order. A name whose
// lookup fails keeps its last addresses, since a partition may lie between a node and its
// resolver; a name that the resolver says does not exist has none.
func (r *Resolver) Resolve(ctx context.Context, hosts []string) []Host {
	resolved := make([]Host, len(hosts))
	parsed := make([]wire.Address, len(hosts))
	names := make(map[string]lookup)
	literally := r.Self != "" && !isIP(r.Self)
	for i, host := range hosts {
		resolved[i].Listed = host
		address, err := wire.ParseAddress(host)
		switch {
		case err != nil:
			resolved[i].Err = fmt.Errorf("%w: %w", ErrHosts, err)
		case literally || address == r.Self || isIP(address):
			resolved[i].Addresses = []wire.Address{address}
		default:
			parsed[i] = address
			names[address.Host()] = lookup{}
		}
	}
	r.lookUp(ctx, names)
	for i, address := range parsed {
		if address != "" {
			found := names[address.Host()]
			resolved[i].Addresses, resolved[i].Err = r.at(found.addresses, address.Port()), found.err
		}
	}
	return resolved
}

// lookup is the result of looking up a name.
type lookup struct {
	addresses []netip.Addr
	err       error
}

func (r *Resolver) lookUp(ctx context.Context, names map[string]lookup) {
	if len(names) == 0 {
		return
	}
	all := slices.Collect(maps.Keys(names))
	found := make([]lookup, len(all))
	next := make(chan int, len(all))
	for i := range all {
		next <- i
	}
	close(next)
	var running sync.WaitGroup
	for range min(len(all), maxLookups) {
		running.Go(func() {
			for i := range next {
				found[i] = r.lookUpOne(ctx, all[i])
			}
		})
	}
	running.Wait()

	r.mu.Lock()
	defer r.mu.Unlock()
	for i, name := range all {
		names[name] = r.remember(name, found[i])
	}
	maps.DeleteFunc(r.last, func(name string, _ []netip.Addr) bool {
		_, listed := names[name]
		return !listed
	})
}

func (r *Resolver) lookUpOne(ctx context.Context, name string) lookup {
	if err := ctx.Err(); err != nil { // the time for all of them is over
		return unresolved(err)
	}
	timeout := r.Timeout
	if timeout <= 0 {
		timeout = defaultLookupTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	find := r.Lookup
	if find == nil {
		find = lookUpBySystem
	}
	addresses, err := find(ctx, name)
	switch {
	case err != nil:
		return unresolved(err)
	case len(addresses) == 0:
		return unresolved(&net.DNSError{Err: "no addresses", Name: name, IsNotFound: true})
	}
	return lookup{addresses: addresses}
}

func unresolved(err error) lookup { return lookup{err: fmt.Errorf("%w: %w", ErrUnresolved, err)} }

func lookUpBySystem(ctx context.Context, name string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
}

// remember keeps the addresses of a name, or adds those that it had to an error that
// does not say that it has none. The caller holds r.mu.
func (r *Resolver) remember(name string, l lookup) lookup {
	var dns *net.DNSError
	switch {
	case l.err == nil:
		if r.last == nil {
			r.last = make(map[string][]netip.Addr)
		}
		r.last[name] = l.addresses
	case errors.As(l.err, &dns) && dns.IsNotFound:
		delete(r.last, name)
	default:
		l.addresses = r.last[name]
	}
	return l
}

// at returns the addresses that a node may have, each once.
func (r *Resolver) at(found []netip.Addr, port uint16) []wire.Address {
	self, _ := netip.ParseAddrPort(string(r.Self))
	sameKind := func(a netip.Addr) bool { return self.IsValid() && a.Unmap().Is4() == self.Addr().Is4() }
	choose := slices.ContainsFunc(found, sameKind)
	var addresses []wire.Address
	for _, a := range found {
		if choose && !sameKind(a) {
			continue
		}
		address, err := wire.ParseAddress(netip.AddrPortFrom(a.Unmap().WithZone(""), port).String())
		if err != nil {
			continue // none that a node can be called at
		}
		if a.IsLoopback() && self.IsValid() && !self.Addr().IsLoopback() && port == self.Port() {
			address = r.Self
		}
		if !slices.Contains(addresses, address) {
			addresses = append(addresses, address)
		}
	}
	return addresses
}

func isIP(a wire.Address) bool {
	_, err := netip.ParseAddr(a.Host())
	return err == nil
}
