package pop

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/ringmend/ringmend/compat/pop/events"
	"github.com/ringmend/ringmend/compat/pop/swim"
	"github.com/ringmend/ringmend/node"
)

// Errors of a ring, with ringpop-go's texts.
var (
	ErrNotBootstrapped     = errors.New("ringpop is not bootstrapped")
	ErrEphemeralAddress    = errors.New("unable to resolve this node's address from channel that is not yet listening")
	ErrChannelNotListening = errors.New("tchannel is not listening")
	ErrInvalidIdentity     = errors.New("a hostport is not valid as an identity")
	errNoDestination       = errors.New("could not find destination for key")
	errNoDestinations      = errors.New("could not find destinations for key")
)

// Options say which node a ring makes.
type Options struct {
	App      string
	Identity string
	// Address returns the address of the node. It is called whenever the address is needed.
	Address func() (string, error)
	// Transport returns the transport of the node at its first bootstrap.
	Transport func() (node.Transport, error)
	// Protocol and ReplicaPoints are as in [node.Config].
	Protocol      node.Protocol
	ReplicaPoints int
	Logger        *slog.Logger
	// Listener, when set, is called with the events of the node itself.
	Listener func(node.Event)
	// Observe, when set, is called with every event before the listeners are, concurrently; not
	// with [events.RingChecksumEvent], which costs too much to be made for it alone.
	Observe func(events.Event)
}

// Ring is what ringpop-go calls Ringpop. Its methods may be called concurrently.
type Ring struct {
	events.AsyncEventEmitter

	opts Options

	mu        sync.Mutex
	node      *node.Node // nil before the first bootstrap
	ready     bool
	destroyed bool
	since     time.Time // when it became ready
	hooks     []swim.SelfEvictHook
	watch     watch
}

// evictPhases are the hooks before, the eviction, the hooks after it, and its end.
const evictPhases = 4

// New returns a ring that has no node yet.
func New(o Options) *Ring { return &Ring{opts: o} }

// current returns the node of a ring that is ready.
func (r *Ring) current() (*node.Node, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ready || r.destroyed {
		return nil, ErrNotBootstrapped
	}
	return r.node, nil
}

// emit tells an event to all who want to know.
func (r *Ring) emit(event events.Event) {
	if r.opts.Observe != nil {
		r.opts.Observe(event)
	}
	r.EmitEvent(event)
}

// isObserved reports whether an event would reach anyone.
func (r *Ring) isObserved() bool {
	return r.opts.Observe != nil || events.HasListeners(&r.AsyncEventEmitter)
}

// Node returns the node, or nil before the first bootstrap.
func (r *Ring) Node() *node.Node {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.node
}

// Ready reports whether the ring has bootstrapped and was not destroyed.
func (r *Ring) Ready() bool {
	_, err := r.current()
	return err == nil
}

// App returns the name of the application.
func (r *Ring) App() string { return r.opts.App }

// WhoAmI returns the address of this node.
func (r *Ring) WhoAmI() (string, error) {
	if _, err := r.current(); err != nil {
		return "", err
	}
	return r.opts.Address()
}

// Uptime returns how long the ring has been ready.
func (r *Ring) Uptime() (time.Duration, error) {
	if _, err := r.current(); err != nil {
		return 0, err
	}
	return time.Since(r.since), nil
}

// Checksum returns the checksum of the ring.
func (r *Ring) Checksum() (uint32, error) {
	n, err := r.current()
	if err != nil {
		return 0, err
	}
	return n.Ring().Checksum(), nil
}

// Lookup returns the address of the member that owns a key.
func (r *Ring) Lookup(key string) (string, error) {
	n, err := r.current()
	if err != nil {
		return "", err
	}
	begin := r.clockForListeners()
	owner, ok := n.Lookup(key)
	if !begin.IsZero() {
		r.emit(events.LookupEvent{Key: key, Duration: time.Since(begin)})
	}
	if !ok {
		return "", errNoDestination
	}
	return owner, nil
}

// LookupN returns the addresses of up to n members, the owner of the key first.
func (r *Ring) LookupN(key string, n int) ([]string, error) {
	current, err := r.current()
	if err != nil {
		return nil, err
	}
	begin := r.clockForListeners()
	owners := current.LookupN(key, n)
	if !begin.IsZero() {
		r.emit(events.LookupNEvent{Key: key, N: n, Duration: time.Since(begin)})
	}
	if len(owners) == 0 {
		return nil, errNoDestinations
	}
	return owners, nil
}

// clockForListeners returns the time, or the zero time when no listener is told of a lookup, which
// is then not timed.
func (r *Ring) clockForListeners() time.Time {
	if !r.isObserved() {
		return time.Time{}
	}
	return time.Now()
}

// ReachableMembers returns the reachable members of a ring for which all predicates hold.
// Each predicate is called before it returns. It is no method, since only Temporal's fork has
// one that does this.
func ReachableMembers(r *Ring, predicates ...swim.MemberPredicate) ([]swim.Member, error) {
	n, err := r.current()
	if err != nil {
		return nil, err
	}
	members := []swim.Member{}
	for _, m := range n.Members(node.Reachable) {
		if member := swim.MemberOf(&m); swim.MemberMatchesPredicates(member, predicates...) {
			members = append(members, member)
		}
	}
	return members, nil
}

// GetReachableMembers returns the addresses of the reachable members for which all predicates
// hold.
func (r *Ring) GetReachableMembers(predicates ...swim.MemberPredicate) ([]string, error) {
	members, err := ReachableMembers(r, predicates...)
	if err != nil {
		return nil, err
	}
	addresses := make([]string, len(members))
	for i := range members {
		addresses[i] = members[i].Address
	}
	return addresses, nil
}

// CountReachableMembers returns how many members those are.
func (r *Ring) CountReachableMembers(predicates ...swim.MemberPredicate) (int, error) {
	members, err := ReachableMembers(r, predicates...)
	return len(members), err
}

// Labels returns the labels of this node.
func (r *Ring) Labels() (*swim.NodeLabels, error) {
	n, err := r.current()
	if err != nil {
		return nil, err
	}
	return swim.LabelsOf(n), nil
}

// RegisterListener is AddListener without its result.
func (r *Ring) RegisterListener(l events.EventListener) { r.AddListener(l) }

// HandleEvent passes an event to the listeners.
func (r *Ring) HandleEvent(event events.Event) { r.emit(event) }

// Destroy ends the node without telling the other members: see SelfEvict. The channel stays
// open. Destroy may be called more than once, and from a listener.
func (r *Ring) Destroy() {
	r.mu.Lock()
	before := r.destroyed
	r.destroyed, r.ready = true, false
	n := r.node
	r.mu.Unlock()
	if n != nil {
		_ = n.Close() // the transport closes nothing that could fail
	}
	if !before {
		r.emit(events.Destroyed{})
	}
}

// RegisterSelfEvictHook adds a hook, which must not be registered yet. The error is
// [swim.ErrDuplicateHook] or [swim.ErrSelfEvictionInProgress].
func (r *Ring) RegisterSelfEvictHook(hook swim.SelfEvictHook) error {
	n, err := r.current()
	if err != nil {
		return err
	}
	return r.addHook(n, hook)
}

// SelfEvict calls the hooks, declares this node faulty and tells some of the members. The
// error is [swim.ErrSelfEvictionInProgress] the second time.
func (r *Ring) SelfEvict() error {
	n, err := r.current()
	if err != nil {
		return err
	}
	begin := time.Now()
	if err := evictError(n.SelfEvict(context.Background())); err != nil {
		return err
	}
	r.emit(swim.SelfEvictedEvent{PhasesCount: evictPhases, Duration: time.Since(begin)})
	return nil
}
