package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/internal/output"
	"github.com/ringmend/ringmend/internal/tlsflags"
	"github.com/ringmend/ringmend/internal/version"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/statsd"
	"github.com/ringmend/ringmend/node/statsd/cactus"
)

// Exit codes.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2 // also of a second Ctrl-C
	exitLost  = 3 // by -resolver-policy=exit
)

// evictTimeout bounds the self eviction: it takes one ping at most.
const evictTimeout = 3 * time.Second

// Main runs a node until ctx ends or the process gets SIGTERM or SIGINT. Then the
// node evicts itself. It returns the exit code.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	out := output.New(stdout)
	if cli.Completes(args) {
		if err := completion().Complete(args, out, stderr); err != nil {
			fmt.Fprintf(stderr, "testpop: %v\n", err)
			return exitUsage
		}
		return printed(out, stderr)
	}
	o, err := parse(args, out)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return printed(out, stderr)
	case err != nil:
		fmt.Fprintf(stderr, "testpop: %v (see testpop --help)\n", err)
		return exitUsage
	case o.version:
		fmt.Fprint(out, version.Text("testpop", args))
		return printed(out, stderr)
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	forced, done := make(chan struct{}), make(chan struct{})
	defer close(done)
	go watch(done, signals, cancel, forced)

	if err := run(ctx, o, forced, stderr); err != nil {
		fmt.Fprintf(stderr, "testpop: %v\n", err)
		switch {
		case errors.Is(err, errForced):
			return exitUsage
		case errors.Is(err, errLost):
			return exitLost
		}
		return exitError
	}
	return exitOK
}

// completion is testpop as the shell completes it.
func completion() cli.Program {
	flags := pflag.NewFlagSet("testpop", pflag.ContinueOnError)
	flags.AddGoFlagSet(new(options).flags())
	return cli.Program{Name: "testpop", Flags: flags, Values: map[string][]string{
		"resolver":        {"static-quorum", "keep-majority", "keep-oldest", "keep-referee", "down-all", "lease-majority"},
		"resolver-policy": {"fence", "exit", "observe"},
		"checksum":        {"go", "node"}, "rules": {"ringmend", "ringpop"}, "detection": {"adaptive", "ringpop"},
		"log-level": {"debug", "info", "warn", "error"}, "log-format": {formatText, formatJSON},
		"tls-mode": tlsflags.Modes(),
	}}
}

// printed returns the exit code of a run that only prints something.
func printed(out *output.Writer, stderr io.Writer) int {
	if err := out.Check(nil); err != nil {
		fmt.Fprintf(stderr, "testpop: %v\n", err)
		return exitError
	}
	return exitOK
}

// watch cancels at the first signal. A SIGINT after that is a user who presses Ctrl-C
// again and does not want to wait.
func watch(done <-chan struct{}, signals <-chan os.Signal, cancel context.CancelCauseFunc, forced chan<- struct{}) {
	for ending := false; ; ending = true {
		select {
		case s := <-signals:
			if ending && s == syscall.SIGINT {
				close(forced)
				return
			}
			cancel(fmt.Errorf("received signal %q", s))
		case <-done:
			return
		}
	}
}

// errLost is why the node has ended that is to do so by -resolver-policy=exit.
var errLost = errors.New("this side of a partition has lost, and by -resolver-policy=exit the node has evicted itself")

var errForced = errors.New("forced to exit before the node had evicted itself")

func run(ctx context.Context, o *options, forced <-chan struct{}, stderr io.Writer) (err error) {
	level := new(slog.LevelVar)
	level.Set(o.logLevel)
	log := newLogger(stderr, level, o)
	if err := o.checkHosts(ctx); err != nil {
		return err
	}
	statter, err := newStatter(o, log)
	if err != nil {
		return err
	}
	var listeners listeners
	if statter != nil {
		// After the node, which is closed first. The error says that metrics are missing
		// in a file.
		defer func() { err = errors.Join(err, statter.Close()) }()
		listeners = append(listeners, statsd.Listener(cactus.Sink(statter)))
	}
	var page *page
	if o.http != "" {
		page = newPage()
		listeners = append(listeners, page.collector.Listen)
	}
	store, err := o.resolver.open()
	if err != nil {
		return err
	}
	if store != nil {
		defer func() { err = errors.Join(err, store.Close()) }()
	}
	config, err := o.config(listeners)
	if err != nil {
		return err
	}
	config.Logger, config.LogLevel = log, level
	n, err := node.New(config)
	if err != nil {
		return err
	}
	defer func() {
		n.Close()
		<-n.Done() // for the last metrics
	}()
	logSettings(log, o.settings)
	log.Info("listening", "address", n.Address(), "version", node.Version, "pid", os.Getpid())
	if page != nil {
		server, err := page.serve(n, o, level, log)
		if err != nil {
			return err
		}
		defer server.Close()
	}

	if err := n.Bootstrap(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	notify(log, daemon.SdNotifyReady)
	select {
	case <-n.Lost():
		return errLost
	case <-ctx.Done():
	}
	notify(log, daemon.SdNotifyStopping)
	log.Info("evicting itself", "because", context.Cause(ctx))
	return evict(n, forced)
}

// notify tells systemd how the node is, if that has started it as a service of type notify.
func notify(log *slog.Logger, state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		log.Warn("systemd is not notified", "error", err)
	}
}

// checkHosts reads a file of hosts once before the node runs: a mistake is found sooner.
// A file that is being written later is waited for, and so are names and programs.
func (o *options) checkHosts(ctx context.Context) error {
	file, ok := o.provider.(discovery.JSONFile)
	if !ok || o.snapshot != "" {
		return nil
	}
	_, err := file.Hosts(ctx)
	return err
}

// config returns the options as the configuration of a node.
func (o *options) config(listeners listeners) (node.Config, error) {
	dialFrom, err := o.dialFrom()
	return node.Config{
		App:        o.app,
		Address:    o.listen,
		Advertise:  o.advertise,
		Hosts:      o.provider,
		Snapshot:   o.snapshot,
		Identity:   o.identity,
		AdminFrom:  o.adminFrom,
		AcceptFrom: o.acceptFrom,
		TLS: &node.TLS{
			Mode: o.tlsMode, Cert: o.tls.Cert, Key: o.tls.Key, CA: o.tls.CA, Name: o.tls.Name, AnyClient: o.anyClient,
		},
		DialFrom: dialFrom,
		Listener: listeners.all(),
		Flavour:  o.flavour,
		Protocol: o.protocol(),
		Labels:   o.labels,
		Resolve:  o.resolver.Resolve,
	}, err
}

// listeners are told of the same events.
type listeners []func(node.Event)

// all returns them as one, or nil if there are none.
func (l listeners) all() func(node.Event) {
	if len(l) == 0 {
		return nil
	}
	return func(e node.Event) {
		for _, listen := range l {
			listen(e)
		}
	}
}

func evict(n *node.Node, forced <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), evictTimeout)
	defer cancel()
	var done sync.WaitGroup
	defer done.Wait()
	result := make(chan error, 1)
	done.Go(func() { result <- n.SelfEvict(ctx) })
	select {
	case err := <-result:
		return err
	case <-forced:
		cancel()
		return errForced
	}
}
