package tchan

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/ringmend/ringmend/node/wire"
)

// A Dialer opens connections. [net.Dialer] is one.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// Options say how a [Transport] behaves. The zero value is right for most
// nodes: a field that is zero has the default that its comment names.
type Options struct {
	// Service is the TChannel service that is served and called. Calls from
	// outside to any other service are refused. Default: [wire.Service].
	Service string
	// Caller is the name under which calls are made, as peers see it: in Ringpop
	// that of the application. Default: Service.
	Caller string
	// Logger gets a warning for each connection that was closed because of what
	// came over it (at most about one a second), and everything else at debug.
	// Default: no logs.
	Logger *slog.Logger

	// DialFrom is the local address of outgoing connections. Default: what the
	// system picks.
	DialFrom netip.Addr
	// Dialer opens outgoing connections, for programs whose connections begin
	// elsewhere, as in another network namespace. DialFrom is not for them. Default:
	// a [net.Dialer].
	Dialer Dialer

	// TLS secures connections. Default: it is off.
	TLS *TLS
	// AcceptFrom are the networks from which connections are accepted. Default:
	// anywhere.
	AcceptFrom []netip.Prefix

	// Advertise is the ip:port that peers are told to call, where it is another one than
	// the transport listens on: it listens on all interfaces, say, or behind a NAT.
	// Port 0 stands for the one that it listens on. Default: what it listens on.
	Advertise string

	// MaxBody is the longest body in bytes that is accepted, of requests and of
	// answers. Default: [wire.MaxBody].
	MaxBody int
	// MaxBuffered bounds the bytes of all request bodies above 4 KB that are
	// held at one time, being received or being handled. Calls above it are
	// answered "busy". It should be a few times MaxBody. Default: 16 times
	// MaxBody.
	MaxBuffered int
	// MaxInFlight is the number of handlers that run at one time; a quarter of
	// them may be for one connection. Calls above it are answered "busy".
	// Default: 1024.
	MaxInFlight int
	// MaxOpen is the number of connections in all, made by either side. Above it
	// the connection that did nothing for longest is given up for the next one;
	// when all have calls under way, a call that needs a new one waits. Default:
	// what the limit on file descriptors (RLIMIT_NOFILE) leaves beside a quarter
	// of them for the rest of the process, no bound where there is none.
	MaxOpen int
	// MaxConnections is the number of connections from outside. Above it the
	// newcomer takes the place of the connection that did nothing for longest;
	// see the package comment. Default: 4096; at most three quarters of MaxOpen.
	MaxConnections int
	// MaxCallees is the number of peers to which connections are kept for the
	// next call. Above it those that were not called for longest lose them. Peers
	// with a call under way keep theirs, so there may be more while more than
	// MaxCallees are called at one time. It is for programs that call many peers
	// once; a node calls its members again and again. Default: no bound but
	// MaxOpen, which is its upper bound, too.
	MaxCallees int

	// HandshakeTimeout is how long a new connection may take to introduce
	// itself. Default: 5 s.
	HandshakeTimeout time.Duration
	// FrameTimeout is how long the rest of a frame may take once its first byte
	// is here, and how long a peer may take to read one from us. A message of
	// several frames may take three times as long. A peer that is slower loses
	// the connection. Default: 10 s.
	FrameTimeout time.Duration
	// AckTimeout is how long the peer's system may take to acknowledge what was sent to it,
	// before the connection is given up and the next call makes a new one. A connection over
	// a network that swallowed packets is of no use until TCP sends them again, which may be
	// many seconds after the network is back. Linux only. Default: FrameTimeout.
	AckTimeout time.Duration
	// IdleTimeout is how long a connection may be without a call before it is
	// closed. Default: 5 min.
	IdleTimeout time.Duration
}

const defaultConnections = 4096

func (o Options) withDefaults() Options {
	o.Service = cmp.Or(o.Service, wire.Service)
	o.Caller = cmp.Or(o.Caller, o.Service)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.MaxBody = cmp.Or(o.MaxBody, wire.MaxBody)
	o.MaxBuffered = cmp.Or(o.MaxBuffered, 16*o.MaxBody)
	o.MaxInFlight = cmp.Or(o.MaxInFlight, 1024)
	o.MaxOpen = cmp.Or(o.MaxOpen, openFor(descriptorLimit()))
	o.MaxConnections = cmp.Or(o.MaxConnections, defaultConnections)
	if o.MaxOpen > 0 {
		o.MaxConnections = min(o.MaxConnections, max(o.MaxOpen*3/4, 1))
		o.MaxCallees = min(o.MaxCallees, o.MaxOpen)
	}
	o.HandshakeTimeout = cmp.Or(o.HandshakeTimeout, 5*time.Second)
	o.FrameTimeout = cmp.Or(o.FrameTimeout, 10*time.Second)
	o.AckTimeout = cmp.Or(o.AckTimeout, o.FrameTimeout)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 5*time.Minute)
	return o
}

// few reports whether MaxConnections follows from MaxOpen.
func (o Options) few() bool { return o.MaxOpen > 0 && o.MaxConnections == max(o.MaxOpen*3/4, 1) }

func (o Options) validate() error {
	if len(o.Service) > maxService {
		return fmt.Errorf("service name of %d bytes, at most %d are allowed", len(o.Service), maxService)
	}
	if len(o.Caller) > maxService {
		return fmt.Errorf("caller name of %d bytes, at most %d are allowed", len(o.Caller), maxService)
	}
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"MaxBody", int64(o.MaxBody)},
		{"MaxBuffered", int64(o.MaxBuffered)},
		{"MaxInFlight", int64(o.MaxInFlight)},
		{"MaxOpen", int64(o.MaxOpen)},
		{"MaxConnections", int64(o.MaxConnections)},
		{"MaxCallees", int64(o.MaxCallees)},
		{"HandshakeTimeout", int64(o.HandshakeTimeout)},
		{"FrameTimeout", int64(o.FrameTimeout)},
		{"AckTimeout", int64(o.AckTimeout)},
		{"IdleTimeout", int64(o.IdleTimeout)},
	} {
		if f.value < 0 {
			return fmt.Errorf("%s is negative: %d", f.name, f.value)
		}
	}
	return nil
}
