package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/examples/einstein/iq"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
)

// serveOptions are the options of a node.
type serveOptions struct {
	listen, advertise, hosts string
	http, httpAdvertise      string
	downing, store           string
	quorum                   int
	referee                  string
	stable, unfence, suspect time.Duration
	handover                 bool
	patience                 time.Duration
}

func serveCommand(stderr io.Writer) *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a node: GET /iq/NAME, /history, /readyz and /livez",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), o, stderr) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.listen, "listen", "127.0.0.1:3000", "`HOST:PORT` for the cluster")
	f.StringVar(&o.advertise, "advertise", "", "`IP:PORT` that the node is known by (default: that of --listen)")
	f.StringVar(&o.hosts, "hosts", "hosts.json", "where the `HOSTS` to join are listed: a file, or what testpop's --hosts takes")
	f.StringVar(&o.http, "http", "127.0.0.1:8000", "`HOST:PORT` to serve HTTP on")
	f.StringVar(&o.httpAdvertise, "http-advertise", "", "`HOST:PORT` at which other nodes find it (default: that of --http)")
	f.StringVar(&o.downing, "downing", "auto", "`RULE` for the names of nodes that are not reached: none (they wait), auto (both sides take them), or a strategy")
	f.StringVar(&o.store, "store", "mem", "`STORE` that remembers: mem, bolt:FILE, or etcd:ENDPOINTS, which all nodes share")
	f.IntVar(&o.quorum, "quorum-size", 0, "for static-quorum: `MEMBERS` that a side must have")
	f.StringVar(&o.referee, "referee", "", "for keep-referee: `IP:PORT` of the member to be with")
	f.DurationVar(&o.stable, "stable-after", 0, "how long nothing may change before the resolver decides (default 20s)")
	f.DurationVar(&o.unfence, "unfence-after", 0, "how long nothing may change before a fenced node serves again (default 5s)")
	f.BoolVar(&o.handover, "handover", true, "with a strategy: accept a name only when its former owner must have stopped")
	f.DurationVar(&o.suspect, "suspect-period", 0, "how long a silent member has to refute (default 5s)")
	f.DurationVar(&o.patience, "patience", 0, "how long a request is tried again while its owner does not answer (default 10s)")
	cli.CompleteValues(cmd, map[string][]string{
		"downing": {"none", "auto", "static-quorum", "keep-majority", "keep-oldest", "keep-referee", "down-all", "lease-majority"},
		"store":   {"mem", "bolt:", "etcd:"},
	})
	return cmd
}

// config returns the configuration that the options say, with the store open.
func (o *serveOptions) config(log *slog.Logger) (c iq.Config, err error) {
	if c.Downing, err = iq.ParseDowning(o.downing); err != nil {
		return c, cli.Usage(fmt.Errorf("--downing: %w", err))
	}
	hosts, err := discovery.Parse(o.hosts)
	if err != nil {
		return c, cli.Usage(fmt.Errorf("--hosts: %w", err))
	}
	if o.stable < 0 || o.unfence < 0 || o.suspect < 0 || o.patience < 0 {
		return c, cli.Usage(errors.New("times must not be negative"))
	}
	c.HTTP, c.Patience = o.http, o.patience
	if o.httpAdvertise != "" {
		c.HTTP = o.httpAdvertise
	}
	if host, _, err := net.SplitHostPort(c.HTTP); err != nil {
		return c, cli.Usage(fmt.Errorf("--http: %w", err))
	} else if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return c, cli.Usage(fmt.Errorf("--http: other nodes do not find %s; say --http-advertise", c.HTTP))
	}
	c.Node = node.Config{
		App: "einstein", Address: o.listen, Advertise: o.advertise, Hosts: hosts, Logger: log,
		Protocol: node.Protocol{SuspectPeriod: o.suspect},
	}
	if c.Store, err = iq.Open(o.store); err != nil {
		if errors.Is(err, iq.ErrStore) {
			err = cli.Usage(fmt.Errorf("--store: %w", err))
		}
		return c, err
	}
	if c.Downing.Strategy() == 0 {
		return c, nil
	}
	c.Node.Resolve = node.Resolve{
		QuorumSize: o.quorum, Referee: o.referee, StableAfter: o.stable, UnfenceAfter: o.unfence,
	}
	if o.handover {
		c.Node.Resolve.Handover = node.AutoHandover
	}
	if c.Downing.Strategy() == node.LeaseMajority {
		if c.Node.Resolve.Lease, err = iq.Lease(c.Store); err != nil {
			return c, errors.Join(cli.Usage(fmt.Errorf("--downing lease-majority: %w", err)), c.Store.Close())
		}
	}
	return c, nil
}

func serve(ctx context.Context, o serveOptions, stderr io.Writer) error {
	config, err := o.config(slog.New(slog.NewTextHandler(stderr, nil)))
	if err != nil {
		return err
	}
	service, err := iq.New(config)
	if err != nil {
		return err
	}
	return errors.Join(serveHTTP(ctx, service, o.http), service.Close())
}

// serveHTTP serves until ctx ends. It does so before the node has joined: /readyz says that it
// has not.
func serveHTTP(ctx context.Context, service *iq.Service, address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := newServer(service)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if err := service.Node.Bootstrap(ctx); err != nil && ctx.Err() == nil {
		return errors.Join(err, server.Close())
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
		return leave(service, server)
	}
}

// drain is how long load balancers have to see that the node is not ready any more, and
// shutdownTimeout how long it may take to end.
const (
	drain           = time.Second
	shutdownTimeout = 10 * time.Second
)

// leave takes the node out of the cluster, and then answers what is under way.
func leave(service *iq.Service, server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	err := service.Node.Shutdown(ctx)
	time.Sleep(drain)
	return errors.Join(err, server.Shutdown(ctx))
}
