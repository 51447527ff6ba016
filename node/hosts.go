package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// How long discovery may take, and the lookups of all names that it lists.
const (
	hostsTimeout  = 5 * time.Second
	lookupTimeout = 5 * time.Second
)

// askHosts asks discovery on behalf of the core, which deals in addresses only.
func (n *Node) askHosts() {
	asked := n.hosts.current()
	hosts, err := n.hosts.ask(n.ctx, asked.Provider)
	if asked != n.hosts.current() {
		return // the new provider has been asked, too
	}
	n.input(func(c *core.Core, now time.Time) { c.Hosts(now, hosts, err) })
}

// provider is the provider of one bootstrap. It is compared by identity: the same provider
// given twice is two.
type provider struct{ discovery.Provider }

// hosts holds what discovery lists, and what was logged about it: each thing once, until it
// changes.
type hosts struct {
	fallback discovery.Provider // asked when the provider fails; nil: none
	resolver discovery.Resolver
	log      *slog.Logger

	mu       sync.Mutex
	provider *provider
	names    map[wire.Address]string // as the addresses of the last list are listed
	list     []string                // the last one, sorted
	failure  string                  // why there was none
	fellBack string                  // the answer of the fallback that was logged
	nameless string                  // why some hosts had no address
	stale    string                  // why some had only the one that they had before
}

// ask returns the addresses of the hosts that discovery lists. The error is of discovery,
// or a [swim.HostErrors] of those that have no address.
func (h *hosts) ask(ctx context.Context, of discovery.Provider) ([]wire.Address, error) {
	found, err := h.askAll(ctx, of)
	if err == nil && found.anybodyBut(h.resolver.Self) || h.fallback == nil || ctx.Err() != nil {
		return found.addresses, err
	}
	if last := h.askFallback(ctx); len(last) > 0 {
		return last, nil
	}
	return found.addresses, err
}

// askAll asks discovery, and looks up the names. The error is as that of ask.
func (h *hosts) askAll(ctx context.Context, of discovery.Provider) (findings, error) {
	listed, err := askProvider(ctx, of)
	if err != nil {
		h.failed(err)
		if len(listed) == 0 {
			return findings{}, err
		}
	}
	lookups, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	found := find(h.resolver.Resolve(lookups, listed))
	if err := ctx.Err(); err != nil {
		return findings{}, err // the node is closed
	}
	h.answered(listed, found, err != nil)
	if found.nameless != nil {
		return found, found.nameless
	}
	return found, nil
}

// use changes the provider.
func (h *hosts) use(p discovery.Provider) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.provider = &provider{p}
}

func (h *hosts) current() *provider {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.provider
}

// findings is the result of resolving a list of hosts.
type findings struct {
	addresses       []wire.Address
	names           map[wire.Address]string // as they are listed
	nameless, stale swim.HostErrors         // without an address; and with one of old
	byName, byIP    int
}

// anybodyBut reports whether there is a host other than the node itself.
func (f *findings) anybodyBut(self wire.Address) bool {
	return slices.ContainsFunc(f.addresses, func(a wire.Address) bool { return a != self })
}

func find(resolved []discovery.Host) findings {
	f := findings{names: make(map[wire.Address]string)}
	for _, host := range resolved {
		failed := swim.HostError{Host: host.Listed, Err: host.Err}
		switch {
		case len(host.Addresses) == 0:
			f.nameless = append(f.nameless, failed)
		case host.Err != nil:
			f.stale = append(f.stale, failed)
		}
		f.addresses = append(f.addresses, host.Addresses...)
		switch {
		case host.IsName():
			f.byName++
			for _, address := range host.Addresses {
				f.names[address] = host.Listed
			}
		case host.Err == nil:
			f.byIP++
		}
	}
	return f
}

func askProvider(ctx context.Context, of discovery.Provider) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, hostsTimeout)
	defer cancel()
	listed, err := of.Hosts(ctx)
	if err == nil && len(listed) > discovery.MaxHosts {
		err = fmt.Errorf("%w: %d entries, at most %d are allowed", discovery.ErrHosts, len(listed), discovery.MaxHosts)
	}
	return listed, err
}

// askFallback returns the addresses of the fallback, and logs them when they differ from the
// last ones.
func (h *hosts) askFallback(ctx context.Context) []wire.Address {
	listed, err := h.fallback.Hosts(ctx)
	var addresses []wire.Address
	for _, host := range listed {
		if address, err := wire.ParseAddress(host); err == nil {
			addresses = append(addresses, address)
		}
	}
	said := fmt.Sprint(len(addresses), err)
	h.mu.Lock()
	defer h.mu.Unlock()
	if said == h.fellBack {
		return addresses
	}
	h.fellBack = said
	switch {
	case err != nil:
		h.log.Warn("the snapshot of the members cannot be used", "error", err)
	case len(addresses) > 0:
		h.log.Warn("discovery lists no other host: those of the snapshot are used", "hosts", len(addresses))
	}
	return addresses
}

// failed handles an error of discovery.
func (h *hosts) failed(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if text := err.Error(); text != h.failure && !errors.Is(err, context.Canceled) {
		h.failure = text
		h.log.Warn("discovery failed", "error", err)
	}
}

// answered handles a list, or the previous one if discovery failed.
func (h *hosts) answered(listed []string, found findings, failed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.names = found.names
	if h.failure != "" && !failed {
		h.failure = ""
		h.log.Info("discovery lists hosts again", "hosts", len(listed))
	}
	h.tellErrors(&h.nameless, found.nameless, "hosts of the list have no address", "all hosts of the list have addresses again")
	h.tellErrors(&h.stale, found.stale, "names of hosts cannot be looked up, their last addresses are used", "names of hosts can be looked up again")

	list := slices.Sorted(slices.Values(listed))
	if !slices.Equal(list, h.list) && found.byName > 0 && found.byIP > 0 {
		h.log.Warn("the list of hosts has both names and addresses", "names", found.byName, "addresses", found.byIP)
	}
	h.list = list
}

// tellErrors logs errors that differ from those logged before, and when they are over.
func (h *hosts) tellErrors(told *string, errs swim.HostErrors, warning, over string) {
	slices.SortFunc(errs, func(a, b swim.HostError) int { return strings.Compare(a.Host, b.Host) })
	switch because := reasons(errs); {
	case because == *told:
	case because == "":
		*told = ""
		h.log.Info(over)
	default:
		*told = because
		h.log.Warn(warning, "because", because)
	}
}

// name puts the names of hosts, as discovery lists them, into an event of the core.
func (h *hosts) name(event Event) Event {
	switch e := event.(type) {
	case swim.JoinWaiting:
		e.Failed = h.named(e.Failed)
		return e
	case swim.Joined:
		e.Failed = h.named(e.Failed)
		return e
	}
	return event
}

func (h *hosts) named(errs swim.HostErrors) swim.HostErrors {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range errs {
		if name, ok := h.names[errs[i].Address]; ok {
			errs[i].Host = name
		}
	}
	return errs
}
