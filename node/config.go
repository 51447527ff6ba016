package node

import (
	"context"
	"log/slog"
	"maps"
	"net/netip"

	"github.com/ringmend/ringmend/node/core"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/swim"
)

// Config says which node to make.
type Config struct {
	// App names the application; nodes of different apps refuse each other.
	// Required.
	App string
	// Address is the host:port to listen on, and what the node is known by to
	// the others. Port 0 picks a free one; a name is looked up once, and the node is
	// known by its address. Required.
	Address string
	// Hosts lists whom to join, by addresses or by names. A name stands for all of its
	// addresses, and is looked up as often as the hosts are asked for; see
	// [discovery.Resolver]. Required.
	Hosts discovery.Provider
	// LookupHost returns the addresses of a name. It must return soon after ctx ends,
	// and may be called concurrently. Default: the resolver of the system.
	LookupHost func(ctx context.Context, name string) ([]netip.Addr, error)

	// Labels are what the node says of itself from the start, for others to see
	// with their members: at most 5, of 32 and 128 bytes. See [Node.SetLabels].
	// Nodes of [swim.FlavourNode] have neither labels nor an identity.
	Labels map[string]string
	// Identity places the node in the ring in place of its address. Default: the
	// address.
	Identity string

	// Logger gets what the node does. Default: no logs.
	Logger *slog.Logger
	// LogLevel, when set, is lowered to debug by /admin/debugSet and raised to
	// what it was by /admin/debugClear. It should be the level of Logger.
	LogLevel *slog.LevelVar
	// Listener is called with every event, one at a time and in order, from a
	// goroutine of its own and never under a lock. When it falls more than
	// EventBuffer events behind, the newest are dropped and it is told so with
	// [EventsLost].
	Listener func(Event)

	// AdminFrom are the networks from which the endpoints that change something
	// may be called: leave, reap, stop gossip and the like. Looking (stats,
	// lookup, health) is always allowed. Default: anywhere, as in Ringpop.
	AdminFrom []netip.Prefix

	// DialFrom binds outgoing connections to a local address, so that they can be
	// told from those of other nodes on the same machine. It is of use with the
	// default Transport only. Default: what the system picks.
	DialFrom netip.Addr
	// Transport carries calls to and from other nodes. Default: TChannel.
	Transport Transport
	// Tune changes settings of the protocol before the node starts. They are
	// checked afterwards.
	Tune func(*core.Config)
	// ReplicaPoints is the number of points of each member in the ring. All
	// nodes of a cluster must use the same. Default: 100, as Ringpop.
	ReplicaPoints int
}

// labels returns the first labels with the internal ones.
func (c *Config) labels() map[string]string {
	labels := maps.Clone(c.Labels)
	if c.Identity != "" {
		if labels == nil {
			labels = make(map[string]string)
		}
		labels[swim.IdentityLabel] = c.Identity
	}
	return labels
}

// EventBuffer is how many events a listener may be behind.
const EventBuffer = 1 << 14

// Event is something that happened to the node or its cluster: one of the event
// types of packages swim and heal, or of this one.
type Event = swim.Event

// Member is what the node believes of one member.
type Member = swim.Member

// Transport carries calls between nodes. Bodies are the JSON of package wire;
// endpoints are those of that package.
type Transport interface {
	// Listen starts answering calls with handler at address, host:port. It is
	// called once, before any call is made. The handler may be called
	// concurrently, and takes its time; when ctx ends, the caller has gone. Who
	// calls is told by [tchan.RemoteAddr] of ctx, if by anybody.
	Listen(address string, handler func(ctx context.Context, endpoint string, body []byte) ([]byte, error)) error
	// Address returns the real host:port after Listen.
	Address() string
	// Call makes one attempt at a call and returns when ctx ends at the latest.
	Call(ctx context.Context, address, endpoint string, body []byte) ([]byte, error)
	// Close stops listening, ends calls under way, and waits for handlers.
	Close() error
}
