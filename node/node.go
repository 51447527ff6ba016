package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
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
	"github.com/ringmend/ringmend/node/transport"
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
	prompt    transport.Prompt // the same, if it is one
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
	n.prompt, _ = n.transport.(transport.Prompt)
	if n.prompt != nil {
		n.prompt.AnswerPromptly(n.promptly)
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
