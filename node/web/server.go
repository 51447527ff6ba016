package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/netutil"
)

// Limits of a server. A profile of net/http/pprof may take a minute.
const (
	maxConnections = 64
	maxHeader      = 16 << 10
	readTimeout    = 10 * time.Second
	writeTimeout   = 90 * time.Second
	idleTimeout    = 2 * time.Minute
	closeTimeout   = time.Second
)

// Server serves pages at an address until it is closed.
type Server struct {
	server   *http.Server
	listener net.Listener
	running  sync.WaitGroup
}

// Listen serves a handler at address, host:port. At most 64 connections are open at a
// time, requests may take 10 s to arrive, and answers 90 s.
func Listen(address string, handler http.Handler, log *slog.Logger) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	s := &Server{
		listener: listener,
		server: &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: readTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeader,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		},
	}
	s.running.Go(func() {
		if err := s.server.Serve(netutil.LimitListener(listener, maxConnections)); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the HTTP server has ended", "error", err)
		}
	})
	return s, nil
}

// Address returns the address that it listens on.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Close stops listening, gives requests that are under way a second, and returns when
// nothing of the server runs any more.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := s.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.server.Close()
	}
	s.running.Wait()
	return err
}
