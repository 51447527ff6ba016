package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/examples/internal/store"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/forward"
	"github.com/ringmend/ringmend/node/forward/ontchannel"
	"github.com/ringmend/ringmend/node/tchan/onchannel"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:3000", "`HOST:PORT` to listen on and to be known by")
	hosts := flag.String("hosts", "hosts.json", "`FILE` with the hosts to join, a JSON array of host:port")
	attempt := flag.Duration("attempt-timeout", 0, "how long the owner of a key may take to answer (default 3s)")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, *listen, discovery.JSONFile(*hosts), *attempt); err != nil {
		fmt.Fprintf(os.Stderr, "kv: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, listen string, hosts discovery.Provider, attempt time.Duration) error {
	// The channel is the program's, and everything is on its port.
	channel, err := tchannel.NewChannel("kv", nil)
	if err != nil {
		return err
	}
	if err := channel.ListenAndServe(listen); err != nil {
		return err
	}
	transport, err := onchannel.New(channel, onchannel.Options{})
	if err != nil {
		return err
	}
	n, err := node.New(node.Config{App: "kv", Transport: transport, Hosts: hosts, Logger: slog.Default()})
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
	service, err := ontchannel.New(channel, forwarder, ontchannel.Options{})
	if err != nil {
		return err
	}
	register(service, new(store.Store))
	if err := n.Bootstrap(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return shutdown(n, channel)
}

// drain is how long clients have to notice that this node refuses requests, which it does
// once it has left. TChannel cannot tell them: calls that are on their way when a connection
// is closed are lost.
const drain = time.Second

// shutdown leaves in good order: first the other nodes send no requests here any more, then
// clients stop, and then what is under way is answered.
func shutdown(n *node.Node, channel *tchannel.Channel) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := n.Shutdown(ctx)
	time.Sleep(drain)
	channel.Close()
	select {
	case <-channel.ClosedChan():
		return err
	case <-ctx.Done():
		return errors.Join(err, errors.New("requests were cut off"))
	}
}

// Request is the body of all requests, and Response that of all answers.
type (
	Request struct {
		Key   string `json:"key"`
		Value int64  `json:"value"` // to put, or to add
	}
	Response struct {
		Value int64 `json:"value"`
	}
)

func register(service *ontchannel.Service, s *store.Store) {
	keys := func(r *Request) []string { return []string{r.Key} }
	get := func(_ context.Context, r *Request) (*Response, error) { return &Response{s.Get(r.Key)}, nil }
	put := func(_ context.Context, r *Request) (*Response, error) {
		s.Put(r.Key, r.Value)
		return &Response{r.Value}, nil
	}
	add := func(_ context.Context, r *Request) (*Response, error) { return &Response{s.Add(r.Key, r.Value)}, nil }
	service.Register("get", ontchannel.JSON(get, ontchannel.Idempotent, keys))
	service.Register("put", ontchannel.JSON(put, ontchannel.Idempotent, keys))
	service.Register("add", ontchannel.JSON(add, ontchannel.Once, keys))
}
