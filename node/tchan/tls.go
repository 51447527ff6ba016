package tchan

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// TLSMode says which connections are made and taken.
type TLSMode int

// The modes, in the order in which a cluster changes over: all nodes accept TLS before
// the first one requires it.
const (
	// TLSOff: no TLS.
	TLSOff TLSMode = iota
	// TLSAccept: plain and TLS connections are accepted. Outgoing ones use TLS if the
	// peer supports it, and are plain otherwise: an attacker who can change traffic
	// on the network can force them to be plain.
	TLSAccept
	// TLSRequire: nothing but TLS.
	TLSRequire
)

var tlsModes = [...]string{TLSOff: "off", TLSAccept: "accept", TLSRequire: "require"}

// String returns the name of the mode.
func (m TLSMode) String() string { return tlsModes[m] }

// ParseTLSMode returns the mode of a name: off, accept or require.
func ParseTLSMode(name string) (TLSMode, error) {
	for mode, n := range tlsModes {
		if n == name {
			return TLSMode(mode), nil
		}
	}
	return TLSOff, fmt.Errorf("unknown mode of TLS %q: it is off, accept or require", name)
}

// TLS says how connections are secured. The functions return the settings of one
// connection, and can follow files that change; see package node/certs.
type TLS struct {
	Mode   TLSMode
	Server func() *tls.Config
	Client func(host string) *tls.Config
}

const (
	// tlsPatience is how long a peer may take over a TLS handshake, in mode accept:
	// then it may be one that waits for the rest of a frame.
	tlsPatience = time.Second
	// plainFor is how long a peer counts as one that knows no TLS.
	plainFor = 10 * time.Second
	// maxPlain is how many of them are known. More are asked each time.
	maxPlain = 4096
)

// errPlain is why a plain connection is refused.
var errPlain = badFrame("this node requires TLS")

// securer makes connections secure.
type securer struct {
	TLS
	log *limitedLog

	mu    sync.Mutex
	plain map[string]time.Time // peers that know no TLS, until then
}

// newSecurer returns nil where there is no TLS.
func newSecurer(o *Options, log *limitedLog) *securer {
	if o.TLS == nil || o.TLS.Mode == TLSOff {
		return nil
	}
	return &securer{TLS: *o.TLS, log: log, plain: make(map[string]time.Time)}
}

// server returns a connection that was accepted as it is to be read. What it is shows
// when its first bytes are read.
func (s *securer) server(raw net.Conn) net.Conn {
	if s == nil {
		return raw
	}
	return &unknownConn{Conn: raw, securer: s}
}

// client secures a connection that dial makes to an address, or makes another one,
// plain, if the peer knows no TLS.
func (s *securer) client(ctx context.Context, address string, dial func() (net.Conn, error)) (net.Conn, error) {
	raw, err := dial()
	if s == nil || err != nil || s.isPlain(address) {
		return raw, err
	}
	secured, err := s.handshake(ctx, address, raw)
	if err == nil {
		return secured, nil
	}
	raw.Close()
	if s.Mode == TLSRequire || ctx.Err() != nil {
		return nil, fmt.Errorf("TLS with %s: %w", address, err)
	}
	s.setPlain(address)
	if !saysNoTLS(err) {
		s.log.warn("a connection is plain, because TLS has failed", "peer", address, "error", err)
	}
	return dial()
}

func (s *securer) handshake(ctx context.Context, address string, raw net.Conn) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if s.Mode == TLSAccept {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, tlsPatience)
		defer cancel()
	}
	secured := tls.Client(raw, s.Client(host))
	return dialledConn{secured}, secured.HandshakeContext(ctx)
}

// saysNoTLS reports whether a handshake has failed as it does with a peer that does not
// know TLS: it closes the connection, answers something else, or waits for more.
func saysNoTLS(err error) bool {
	_, other := errors.AsType[tls.RecordHeaderError](err)
	var network *net.OpError
	return other || errors.Is(err, io.EOF) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &network) && network.Op != "remote error"
}

func (s *securer) isPlain(address string) bool {
	if s.Mode == TLSRequire {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	until, ok := s.plain[address]
	if ok && time.Now().After(until) {
		delete(s.plain, address)
		return false
	}
	return ok
}

func (s *securer) setPlain(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.plain) >= maxPlain {
		clear(s.plain)
	}
	s.plain[address] = time.Now().Add(plainFor)
}
