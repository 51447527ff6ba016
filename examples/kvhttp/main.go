package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/ringmend/ringmend/examples/internal/store"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/forward"
	"github.com/ringmend/ringmend/node/forward/onhttp"
)

// httpLabel is the label by which a member says where it serves HTTP.
const httpLabel = "http"

func main() {
	listen := flag.String("listen", "127.0.0.1:3000", "`HOST:PORT` for the cluster, to listen on and to be known by")
	serve := flag.String("http", "127.0.0.1:8000", "`HOST:PORT` to serve HTTP on")
	hosts := flag.String("hosts", "hosts.json", "`FILE` with the hosts to join, a JSON array of host:port")
	attempt := flag.Duration("attempt-timeout", 0, "how long the owner of a key may take to answer (default 3s)")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, *listen, *serve, discovery.JSONFile(*hosts), *attempt); err != nil {
		fmt.Fprintf(os.Stderr, "kvhttp: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, listen, serve string, hosts discovery.Provider, attempt time.Duration) error {
	n, err := node.New(node.Config{
		App: "kvhttp", Address: listen, Hosts: hosts, Logger: slog.Default(),
		Labels: map[string]string{httpLabel: serve},
	})
	if err != nil {
		return err
	}
	defer n.Close()
	options := forward.ForNode(n)
	options.AttemptTimeout = attempt
	forwarder, err := forward.New(options)
	if err != nil {
		return err
	}
	values, err := onhttp.New(&values{}, onhttp.Options{
		Forwarder: forwarder,
		Keys:      func(r *http.Request) ([]string, error) { return []string{r.PathValue("key")}, nil },
		Locate:    onhttp.ByLabel(n, httpLabel),
	})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/values/{key}", values)

	listener, err := net.Listen("tcp", serve)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if err := n.Bootstrap(ctx); err != nil {
		return errors.Join(err, server.Close())
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
		return shutdown(n, server)
	}
}

// drain is how long load balancers have to notice that this node refuses requests, which it
// does with status 503 once it has left.
const drain = time.Second

// shutdown leaves in good order: first the other nodes send no requests here any more, then
// clients stop, and then what is under way is answered.
func shutdown(n *node.Node, server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := n.Shutdown(ctx)
	time.Sleep(drain)
	return errors.Join(err, server.Shutdown(ctx))
}

// values handles the requests whose keys this node owns.
type values struct{ store.Store }

func (v *values) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("key")
	if r.Method == http.MethodGet {
		fmt.Fprintln(w, v.Get(key))
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 100))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	number, err := strconv.ParseInt(strings.TrimSpace(string(body)), 10, 64)
	switch {
	case err != nil:
		http.Error(w, "the body must be a number", http.StatusBadRequest)
	case r.Method == http.MethodPut:
		v.Put(key, number)
	case r.Method == http.MethodPost:
		fmt.Fprintln(w, v.Add(key, number))
	default:
		http.Error(w, "GET, PUT or POST", http.StatusMethodNotAllowed)
	}
}
