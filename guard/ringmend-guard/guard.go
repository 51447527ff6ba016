package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/guard/explain"
	"github.com/ringmend/ringmend/guard/store"
	"github.com/ringmend/ringmend/guard/watch"
	"github.com/ringmend/ringmend/guard/web"
	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// keptConnections is how many nodes keep their connection from one look to the next.
const keptConnections = 2048

// guard watches until ctx ends.
func (p *program) guard(ctx context.Context, where admin.Discoveries) (err error) {
	log, err := p.logger()
	if err != nil {
		return err
	}
	if _, err := where.Hosts(); err != nil {
		return err
	}
	if p.retention < time.Hour {
		return usagef("--retention %v, it must be at least an hour", p.retention)
	}
	if _, err := p.tls.Mode(); err != nil {
		return cli.Usage(err)
	}
	tls, err := p.tls.TLS()
	if err != nil {
		return err
	}
	// A node that does not acknowledge is called over a new connection next time.
	options := tchan.Options{
		Service: p.service, TLS: tls, MaxCallees: keptConnections, AckTimeout: max(p.timeout, 0), Dialer: new(watch.Dialer),
	}
	transport, err := tchan.New(options)
	if err != nil {
		return fmt.Errorf("starting the transport: %w", err)
	}
	defer transport.Close()
	scout, err := tchan.New(options)
	if err != nil {
		return fmt.Errorf("starting the scouts' transport: %w", err)
	}
	defer scout.Close()

	k := &keeper{log: log, explainer: explain.New()}
	if !p.quiet {
		k.out = p.stdout
	}
	if k.hooks, err = newHooks(p.command, p.webhooks, log); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	w, err := watch.New(watch.Config{
		Caller: transport, Scout: scout, Dial: new(net.Dialer).DialContext,
		Hosts: func(context.Context) ([]wire.Address, error) { return where.Hosts() },
		Mode:  watch.Mode(p.mode),
		Every: p.every, Timeout: p.timeout, App: p.app,
		Logger: log, Looked: k.looked, Acted: k.acted,
	})
	if err != nil {
		return err
	}
	if p.store != "" {
		if k.store, err = store.Open(p.store, p.retention); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	serving, err := p.serve(ctx, k, w)
	if err != nil {
		return err
	}
	if p.mode == string(watch.Ask) {
		go p.listen(w) // ends with the input, or with the program
	}
	go func() { // a server that fails ends the watch
		if <-serving.done; ctx.Err() == nil {
			cancel()
		}
	}()
	w.Run(ctx)
	cancel()
	<-serving.done
	return serving.err
}

// serving is a server that runs.
type serving struct {
	done chan struct{}
	err  error // once done
}

// serve starts the page if it is wanted.
func (p *program) serve(ctx context.Context, k *keeper, w *watch.Watcher) (*serving, error) {
	s := &serving{done: make(chan struct{})}
	if p.http == "" {
		context.AfterFunc(ctx, func() { close(s.done) })
		return s, nil
	}
	l, err := net.Listen("tcp", p.http)
	if err != nil {
		return nil, fmt.Errorf("--http: %w", err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	k.metrics = web.NewMetrics(registry, w.Calls)
	cfg := web.Config{Logger: k.log, History: k.history, Registry: registry}
	if p.mode == string(watch.Ask) {
		cfg.Approve = w.Approve
	}
	k.web = web.New(cfg)
	k.log.Info("serving", "page", "http://"+l.Addr().String()+"/")
	go func() {
		defer close(s.done)
		if err := k.web.Serve(ctx, l); err != nil {
			s.err = fmt.Errorf("serving the page: %w", err)
		}
	}()
	return s, nil
}

// listen reads answers from the terminal: yes lets the guard act until the ring is one.
func (p *program) listen(w *watch.Watcher) {
	lines := bufio.NewScanner(p.stdin)
	for lines.Scan() {
		switch strings.ToLower(strings.TrimSpace(lines.Text())) {
		case "y", "yes":
			w.Approve(true)
			if s := w.State(); s == nil || len(s.Pairs) == 0 {
				fmt.Fprintln(p.stderr, "There is nothing to approve: the ring is not split.")
			} else {
				fmt.Fprintln(p.stderr, "The guard acts until the ring is one. Type no to stop it.")
			}
		case "n", "no":
			w.Approve(false)
			fmt.Fprintln(p.stderr, "The guard only looks.")
		case "":
		default:
			fmt.Fprintln(p.stderr, "Type yes, or no.")
		}
	}
}
