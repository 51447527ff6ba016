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

// ErrClosed is returned by methods of a closed node.
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

	owners    atomic.Pointer[ring.Ring] // what Lookup uses: ring, or an empty one when not joined
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

// New returns a node that listens but has not joined yet: see [Node.Bootstrap]. It already
// answers joins, which lets nodes that start together find each other. The error wraps
// [ErrConfig], or is the transport's.
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
	if n.adminFrom == nil {
		n.adminFrom = ThisMachine()
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
		return err
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

// Close stops the node without announcing it: the others find out by failed probes, after
// seconds; see [Node.Shutdown]. When it returns, only listeners may still run, until they have
// received what happened before; [Node.Done] waits for them. So a listener may call Close. A
// second call waits for the first and returns nil.
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

// Done returns a channel that is closed once the node is closed and all listeners have
// returned from their last event.
func (n *Node) Done() <-chan struct{} { return n.done }

// Address returns the host:port that the node is known by.
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

// Uptime returns the time since [New].
func (n *Node) Uptime() time.Duration { return time.Since(n.started) }

// Lookup returns the address of the member that owns a key. It takes no lock and does
// not allocate. ok is false when there is none: before the node is ready, because it does not
// know the other members yet; when the ring is empty, for example after the only member
// called Leave; and after Close.
func (n *Node) Lookup(key string) (address string, ok bool) {
	return n.owners.Load().Lookup(key)
}

// LookupN returns up to count different members, the owner of the key first and
// then those that would own it if the ones before were gone. There are none when [Node.Lookup]
// has no answer.
func (n *Node) LookupN(key string, count int) []string {
	return n.owners.Load().LookupN(key, count)
}

// Ring returns the current ring, which is empty when [Node.Lookup] has no answer. The returned
// ring is immutable, which makes several lookups consistent with each other.
func (n *Node) Ring() *ring.Ring { return n.owners.Load() }

// Len returns the number of known members in any state, the node itself included. It is O(1).
func (n *Node) Len() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Node().Len()
}

// CountReachable returns the number of members that are alive or suspect, the node itself
// included. It is O(1), and does not wait for the node to be ready.
func (n *Node) CountReachable() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Node().Pingable()
}

// Members returns the members for which all predicates hold, sorted by address;
// without predicates all that the node knows, in any state and itself included.
// Their labels must not be modified.
//
// It copies and sorts all members under the node's lock, in O(n log n). Use events to follow
// members, and [Node.Len] and [Node.CountReachable] to count them.
func (n *Node) Members(where ...func(*Member) bool) []Member {
	n.mu.Lock()
	members := n.core.Node().Members()
	n.mu.Unlock()
	return slices.DeleteFunc(members, func(m Member) bool {
		return slices.ContainsFunc(where, func(holds func(*Member) bool) bool { return !holds(&m) })
	})
}

// Member returns the member with the given address, in any state. It is O(1).
func (n *Node) Member(address string) (m Member, known bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Node().Member(wire.Address(address))
}

// Reachable is a predicate for [Node.Members]: alive or suspect members, which are in the ring.
func Reachable(m *Member) bool { return m.Status.Pingable() }

// WithLabel returns a predicate for [Node.Members]: members with that label.
func WithLabel(key, value string) func(*Member) bool {
	return func(m *Member) bool {
		v, ok := m.Labels[key]
		return ok && v == value
	}
}

// Checksum returns the checksum of the membership. Nodes with equal checksums have equal views.
func (n *Node) Checksum() uint32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.Node().Checksum()
}
