package node

import (
	"context"
	"log/slog"
	"maps"
	"net/netip"

	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/swim"
)

// Config configures a node. App, Address and Hosts are required.
type Config struct {
	// App names the application; nodes of different apps refuse each other.
	// Required.
	App string
	// Address is the host:port to listen on, and what the node is known by to
	// the others. Port 0 picks a free one; a name is looked up once, and the node is
	// known by its address. Required, unless there is a Transport that listens already.
	Address string
	// Advertise is the ip:port that the node is known by, where it is another one than
	// it listens on: Address is 0.0.0.0:3000 or [::]:3000, say, or behind a NAT. Port 0
	// stands for the port that it listens on. Default: Address.
	Advertise string
	// Hosts lists the hosts to join, by address or by name. A name stands for all of its
	// addresses, and is looked up as often as the hosts are asked for; see
	// [discovery.Resolver]. Required.
	Hosts discovery.Provider
	// Snapshot is the path of a file in which the node keeps the addresses of the other
	// members. While Hosts fails, or lists no other host that has an address, it joins
	// those of the file. Nodes must not share a file. Default: there is none.
	Snapshot string
	// LookupHost returns the addresses of a name. It must return soon after ctx ends,
	// and may be called concurrently. Default: the resolver of the system.
	LookupHost func(ctx context.Context, name string) ([]netip.Addr, error)

	// Labels are the node's initial labels, which all members see: at most 5, with keys of
	// at most 32 bytes and values of at most 128. See [Node.SetLabels].
	// Nodes of [FlavourNode] have neither labels nor an identity.
	Labels map[string]string
	// Identity is hashed instead of the address to place the node in the ring. Default: the
	// address.
	Identity string

	// Logger receives the node's log. Default: no logs.
	Logger *slog.Logger
	// LogLevel, when set, is lowered to debug by /admin/debugSet and raised to
	// what it was by /admin/debugClear. It should be the level of Logger.
	LogLevel *slog.LevelVar
	// Listener is called with every event from the start; see [Node.AddListener].
	Listener func(Event)

	// AdminFrom are the networks from which the endpoints that change something
	// may be called: leave, reap, stop gossip and so on. Read-only ones (stats,
	// lookup, health) are always allowed. Over a Transport that does not tell where
	// calls come from, others are allowed from [Anywhere] only. Default: [ThisMachine];
	// Ringpop's is Anywhere.
	AdminFrom []netip.Prefix

	// AcceptFrom are the networks from which connections are accepted. Like TLS and
	// DialFrom, it works with the default Transport only. Default: anywhere.
	AcceptFrom []netip.Prefix
	// TLS secures the connections between nodes. Default: plain TCP.
	TLS *TLS

	// DialFrom binds outgoing connections to a local address, which tells them from
	// those of other nodes on the same machine. Default: what the system picks.
	DialFrom netip.Addr
	// Transport carries calls to and from other nodes. The node closes it, also when New
	// fails. Default: TChannel.
	Transport Transport
	// Protocol holds the tunables of the protocol.
	Protocol Protocol
	// Flavour selects how checksums are computed. All nodes of a cluster must use the
	// same, or they will send each other their whole membership for ever. Default: that
	// of ringpop-go.
	Flavour Flavour
	// Resolve decides whether this node may serve during a partition; see [Node.Owner].
	// Default: off.
	Resolve Resolve
	// ReplicaPoints is the number of points of each member in the ring. All
	// nodes of a cluster must use the same. Default: 100, as Ringpop.
	ReplicaPoints int
}

// labels returns the initial labels, internal ones included.
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

// EventBuffer is the number of events that a listener may fall behind.
const EventBuffer = 1 << 14
