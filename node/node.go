package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringmend/ringmend/internal/version"
	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/handover"
	"github.com/ringmend/ringmend/node/internal/stats"
	"github.com/ringmend/ringmend/node/ring"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// Version is the version of ringmend.
const Version = version.Number

// ErrClosed is returned by methods of a node that was closed.
var ErrClosed = errors.New("node is closed")

// Node is a member of a cluster. Its methods may be called concurrently.
type Node struct {
	address   wire.Address
	transport Transport
	hosts     *hosts
	snapshot  *snapshot
	log       *slog.Logger
	adminFrom []netip.Prefix
	debug     debugSwitch
	started   time.Time

	mu        sync.Mutex // guards the fields up to wake
	core      *core.Core
	closed    bool
	waiting   map[swim.RequestID]chan swim.Answer
	lastID    swim.RequestID
	ring      *ring.Ring // of the members, as the core knows them
	joined    bool
	healing   *stats.Heal
	notJoined swim.JoinWaiting // the last one
	wake      time.Time        // when the clock goroutine will advance the core

	handover *handover.Guard

	owners    atomic.Pointer[ring.Ring] // whom Lookup finds: ring, or nobody before joining and after Close
	gate      atomic.Pointer[gate]      // what Owner and Accept go by
	driven    atomic.Int64              // age of the node at the last input, if there is a resolver
	refused   refused
	resolving resolving

	meters meters

	logged    *eventQueue // events for the log
	listeners listeners

	encoding sync.Mutex // guards encoder
	encoder  wire.Encoder

	eviction eviction
	health   health

	serving chan struct{} // closed when calls can be answered
	done    chan struct{} // closed when nothing runs any more, listeners included
	ready   chan struct{} // closed when bootstrap is over
	evicted chan struct{} // closed when self eviction is over

	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	rewake  chan struct{}
	running sync.WaitGroup
	closing sync.Once
}

// New returns a node that listens but has not joined: see [Node.Bootstrap]. It
// answers joins of others, so that nodes which start together find each other.
func New(cfg Config) (*Node, error) {
	if cfg.Hosts == nil {
		return nil, fmt.Errorf("%w: no hosts", ErrConfig)
	}
	n := &Node{
		transport: cfg.Transport,
		log:       cfg.Logger,
		adminFrom: cfg.AdminFrom,
		debug:     debugSwitch{level: cfg.LogLevel},
		started:   time.Now(),
		waiting:   make(map[swim.RequestID]chan swim.Answer),
		serving:   make(chan struct{}),
		ready:     make(chan struct{}),
		evicted:   make(chan struct{}),
		done:      make(chan struct{}),
		rewake:    make(chan struct{}, 1),
	}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	if err := n.start(cfg); err != nil {
		n.cancel()
		return nil, err
	}
	return n, nil
}

func (n *Node) start(cfg Config) error {
	if err := n.listen(cfg); err != nil {
		return err
	}
	if err := n.newCore(cfg); err != nil {
		n.cancel() // for handlers that wait for the core
		return errors.Join(err, n.transport.Close())
	}
	n.log = n.log.With("local", string(n.address))
	n.snapshot = newSnapshot(&cfg)
	n.hosts = &hosts{
		provider: &provider{cfg.Hosts},
		fallback: n.snapshot.provider(),
		resolver: discovery.Resolver{Self: n.address, Lookup: cfg.LookupHost},
		log:      n.log,
	}
	n.logged = newEventQueue(n.logEvent)
	if cfg.Listener != nil {
		n.AddListener(cfg.Listener)
	}
	points := cfg.ReplicaPoints
	if points == 0 {
		points = ring.DefaultReplicaPoints
	}
	self := n.core.Node().Self()
	n.owners.Store(ring.New(points))
	n.ring, _ = ring.New(points).Update([]ring.Change{{Server: string(self.Address), Identity: self.Identity()}})
	n.publish(n.started)
	n.running.Go(n.logged.run)
	n.running.Go(n.clock)
	n.running.Go(n.keepSnapshot)
	if f := n.resolving.state; f != nil {
		n.running.Go(func() { n.keepState(f) })
	}
	close(n.serving)
	return nil
}

func (n *Node) listen(cfg Config) error {
	if err := checkAddresses(&cfg); err != nil {
		return err
	}
	if n.transport == nil {
		t, err := newTransport(&cfg, n.log)
		if err != nil {
			return err
		}
		n.transport = t
	}
	if err := n.transport.Listen(cfg.Address, n.handle); err != nil {
		return errors.Join(err, n.transport.Close())
	}
	return nil
}

func (n *Node) newCore(cfg Config) error {
	if err := cfg.Protocol.checkDetection(); err != nil {
		return err
	}
	address, err := knownBy(&cfg, n.transport.Address())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	n.address = address
	settings := core.DefaultConfig(cfg.App, address)
	settings.Seed = rand.Uint64()
	settings.Swim.Labels = cfg.labels()
	settings.Swim.Flavour = cfg.Flavour
	cfg.Protocol.apply(&settings)
	if err := cfg.Resolve.apply(&settings); err != nil {
		return err
	}
	n.healing = stats.NewHeal(&settings.Heal)
	if n.core, err = core.New(settings, time.Now()); err != nil {
		return err
	}
	n.resolving = resolving{cfg: settings.Resolve, lease: cfg.Resolve.Lease, state: newStateFile(cfg.Resolve.StateFile), lost: make(chan struct{})}
	n.handover = handover.New(string(address), settings.Resolve.Handover)
	return nil
}

// Close ends the node without a word to the others, who find out after seconds; see
// [Node.Shutdown]. It returns when nothing of the node runs any more but listeners, which
// are told what happened before: so it may be called from one. [Node.Done] tells when they
// have been. A second call waits for the first, and returns nil.
func (n *Node) Close() error {
	var err error
	n.closing.Do(func() {
		n.cancel()
		n.mu.Lock()
		n.closed = true
		n.owners.Store(ring.New(1))
		n.gate.Store(&gate{ring: n.owners.Load(), err: ErrClosed})
		n.mu.Unlock()
		err = n.transport.Close()
		n.logged.close()
		n.listeners.close()
		n.running.Wait()
		go func() {
			n.listeners.running.Wait()
			close(n.done)
		}()
	})
	return err
}

// Done returns a channel that is closed once the node is closed and every listener has
// returned from its last event.
func (n *Node) Done() <-chan struct{} { return n.done }

// Address returns what the node is known by.
func (n *Node) Address() string { return string(n.address) }

// Ready returns a channel that is closed when the node has joined the cluster.
func (n *Node) Ready() <-chan struct{} { return n.ready }

func (n *Node) isReady() bool {
	select {
	case <-n.ready:
		return true
	default:
		return false
	}
}

// Uptime returns how long ago the node was made.
func (n *Node) Uptime() time.Duration { return time.Since(n.started) }

// Lookup returns the address of the member that owns a key. It takes no lock and does
// not allocate. ok is false when nobody does: before the node is ready, since it does
// not know the others yet; when no member is in the ring, for example after the only one
// called Leave; and after Close.
func (n *Node) Lookup(key string) (address string, ok bool) {
	return n.owners.Load().Lookup(key)
}

// LookupN returns up to count different members, the owner of the key first and
// then those who would own it if the ones before were gone. There are none when [Node.Lookup]
// finds nobody.
func (n *Node) LookupN(key string, count int) []string {
	return n.owners.Load().LookupN(key, count)
}

// Ring returns the current ring, which is empty when [Node.Lookup] finds nobody. The
// returned ring is immutable: lookups in it agree with each other.
func (n *Node) Ring() *ring.Ring { return n.owners.Load() }

// Len returns the number of members that the node knows, in any state and itself
// included, in O(1).
func (n *Node) Len() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Node().Len()
}

// CountReachable returns the number of members that are in the ring, before the node is
// ready, too. It is O(1).
func (n *Node) CountReachable() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Node().Pingable()
}

// Members returns the members for which all predicates hold, sorted by address;
// without predicates all that the node knows, in any state and itself included.
// Their labels must not be modified.
//
// It copies and sorts all members under the lock of the node, in O(n log n). To follow
// members use events, and to count them [Node.Len] and [Node.CountReachable].
func (n *Node) Members(where ...func(*Member) bool) []Member {
	n.mu.Lock()
	members := n.core.Node().Members()
	n.mu.Unlock()
	return slices.DeleteFunc(members, func(m Member) bool {
		return slices.ContainsFunc(where, func(holds func(*Member) bool) bool { return !holds(&m) })
	})
}

// Member returns the member with an address, in any state, in O(1).
func (n *Node) Member(address string) (m Member, known bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Node().Member(wire.Address(address))
}

// Reachable is a predicate for [Node.Members]: members that are in the ring.
func Reachable(m *Member) bool { return m.Status.Pingable() }

// WithLabel returns a predicate for [Node.Members]: members with that label.
func WithLabel(key, value string) func(*Member) bool {
	return func(m *Member) bool {
		v, ok := m.Labels[key]
		return ok && v == value
	}
}

// Checksum returns the checksum of the membership. Nodes with equal checksums
// believe the same.
func (n *Node) Checksum() uint32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Node().Checksum()
}
