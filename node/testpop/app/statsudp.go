package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

const (
	// lookupTimeout bounds one attempt to resolve the collector's name.
	lookupTimeout = 5 * time.Second
	// Attempts that fail are made again after firstPause, and then after twice the
	// time of before, up to lastPause. A name that was resolved is looked up again
	// after lastPause, too: collectors move.
	firstPause = time.Second
	lastPause  = time.Minute
)

// errUnresolved is the error of sending to a name that is not resolved yet.
var errUnresolved = errors.New("the collector's name is not resolved yet")

// lookup resolves a host name, as net.Resolver does.
type lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)

// udpSender sends metrics to a host that may be a name. Nothing waits for the name:
// until it is resolved metrics are dropped, as those that are lost on the way.
type udpSender struct {
	conn net.PacketConn
	to   atomic.Pointer[net.UDPAddr] // nil: not resolved yet
	stop context.CancelFunc
	done chan struct{}
}

// newUDPSender begins to send; Close ends that. The error says what is wrong with
// hostPort itself, or that there are no sockets.
func newUDPSender(hostPort string, resolve lookup, log *slog.Logger) (*udpSender, error) {
	host, service, err := net.SplitHostPort(hostPort)
	if err != nil {
		return nil, err
	}
	port, err := net.LookupPort("udp", service)
	if err != nil {
		return nil, err
	}
	if port == 0 {
		return nil, fmt.Errorf("address %s: missing port", hostPort)
	}
	conn, err := net.ListenPacket("udp", "")
	if err != nil {
		return nil, err
	}
	s := &udpSender{conn: conn, done: make(chan struct{})}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	if host == "" {
		host = "127.0.0.1" // as everywhere in package net: this machine
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		s.to.Store(net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, uint16(port))))
		close(s.done)
		return s, nil
	}
	go func() {
		defer close(s.done)
		s.follow(ctx, host, uint16(port), resolve, log)
	}()
	return s, nil
}

// follow keeps the address of a name up to date until ctx ends. A name that cannot
// be resolved is said once, until it can.
func (s *udpSender) follow(ctx context.Context, host string, port uint16, resolve lookup, log *slog.Logger) {
	pause, warned := firstPause, false
	for {
		addr, err := first(ctx, resolve, host)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			s.to.Store(net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, port)))
			if warned {
				log.Info("metrics are sent: the collector's name is resolved", "host", host, "address", addr)
			}
			pause, warned = firstPause, false
		case !warned && s.to.Load() == nil:
			log.Warn("no metrics are sent: the collector's name cannot be resolved; trying again", "host", host, "error", err)
			warned = true
		}
		next := pause
		if err == nil {
			next = lastPause
		} else {
			pause = min(2*pause, lastPause)
		}
		select {
		case <-time.After(next):
		case <-ctx.Done():
			return
		}
	}
}

// first returns the address that a name resolves to, the first one of several.
func first(ctx context.Context, resolve lookup, host string) (netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	addrs, err := resolve(ctx, "ip", host)
	switch {
	case err != nil:
		return netip.Addr{}, err
	case len(addrs) == 0:
		return netip.Addr{}, fmt.Errorf("%s has no address", host)
	}
	return addrs[0].Unmap(), nil
}

// Send implements statsd.Sender.
func (s *udpSender) Send(data []byte) (int, error) {
	to := s.to.Load()
	if to == nil {
		return 0, errUnresolved
	}
	return s.conn.WriteTo(data, to)
}

// Close implements statsd.Sender.
func (s *udpSender) Close() error {
	s.stop()
	<-s.done
	return s.conn.Close()
}
