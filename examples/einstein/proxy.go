package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/examples/einstein/proxy"
	"github.com/ringmend/ringmend/internal/cli"
)

func proxyCommand(stderr io.Writer) *cobra.Command {
	var listen string
	var o proxy.Options
	cmd := &cobra.Command{
		Use:   "proxy [options] NODE...",
		Short: "Spread requests over the nodes HOST:PORT that are ready, in turn",
		Long: `Asks each node at /readyz whether it serves, and sends requests to those that do, in turn.
What a node refuses or does not answer goes to the next one. GET /proxy says which are ready.`,
		Example: "  einstein proxy --listen 127.0.0.1:8000 10.0.0.1:8000 10.0.0.2:8000 10.0.0.3:8000",
		RunE: func(cmd *cobra.Command, nodes []string) error {
			o.Nodes = nodes
			return serveProxy(cmd.Context(), listen, o, slog.New(slog.NewTextHandler(stderr, nil)))
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&listen, "listen", "127.0.0.1:8000", "`HOST:PORT` for clients")
	f.DurationVar(&o.Interval, "interval", 500*time.Millisecond, "how often a node is asked whether it is ready")
	f.IntVar(&o.Limit, "limit", 256, "`N` requests at a time; more are refused")
	f.DurationVar(&o.Timeout, "timeout", 15*time.Second, "how long a request may take, at all nodes together")
	return cmd
}

func serveProxy(ctx context.Context, address string, o proxy.Options, log *slog.Logger) error {
	if o.Interval <= 0 || o.Timeout <= 0 || o.Limit == 0 {
		return cli.Usage(errors.New("--interval, --timeout and --limit must be positive"))
	}
	o.Logger = log
	p, err := proxy.New(o)
	if err != nil {
		return cli.Usage(err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := newServer(p)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	log.Info("serving", "address", listener.Addr().String(), "nodes", len(o.Nodes))
	ctx, stop := context.WithCancel(ctx)
	looking := make(chan struct{})
	go func() {
		defer close(looking)
		p.Run(ctx)
	}()
	select {
	case err = <-served:
	case <-ctx.Done():
		end, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		err = server.Shutdown(end)
	}
	stop()
	<-looking
	return err
}

// newServer returns a server that no slow or idle client can use up.
func newServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}
}
