package ontchannel_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opentracing/opentracing-go"
	"github.com/uber/tchannel-go"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node/forward"
	"github.com/ringmend/ringmend/node/forward/ontchannel"
)

// server is one of several that own keys.
type server struct {
	t         *testing.T
	channel   *tchannel.Channel
	service   *ontchannel.Service
	forwarder *forward.Forwarder
	owners    *sync.Map // the address that owns a key, for all servers
	own       sync.Map  // the same in the view of this one only
	accept    atomic.Pointer[error]

	mu     sync.Mutex
	dialed []net.Conn
}

// dial makes the connections to other servers.
func (s *server) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.dialed = append(s.dialed, conn)
	}
	return conn, err
}

// hangUp breaks the connections to other servers.
func (s *server) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.dialed {
		conn.Close()
	}
}

func (s *server) address() string { return s.channel.PeerInfo().HostPort }

// start starts servers of the same keys, at the first of which tests call.
func start(t *testing.T, n int, configure func(*forward.Options), tracer opentracing.Tracer) []*server {
	t.Helper()
	owners := new(sync.Map)
	var servers []*server
	for range n {
		s := &server{t: t, owners: owners}
		ch, err := tchannel.NewChannel("kv", &tchannel.ChannelOptions{Tracer: tracer, Dialer: s.dial})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(ch.Close)
		if err := ch.ListenAndServe("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		s.channel = ch
		o := forward.Options{
			Self: s.address(), Patience: await.Patience, AttemptTimeout: await.Patience,
			Owner: func(key string) (string, error) {
				for _, view := range []*sync.Map{&s.own, owners} {
					if owner, ok := view.Load(key); ok {
						return owner.(string), nil
					}
				}
				return "", errors.New("no member owns it")
			},
			Accept: func(string) error {
				if err := s.accept.Load(); err != nil {
					return *err
				}
				return nil
			},
		}
		if configure != nil {
			configure(&o)
		}
		if s.forwarder, err = forward.New(o); err != nil {
			t.Fatal(err)
		}
		if s.service, err = ontchannel.New(ch, s.forwarder, ontchannel.Options{MaxBody: 1 << 20}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.service.Close)
		servers = append(servers, s)
	}
	return servers
}

func (s *server) owns(keys ...string) {
	for _, key := range keys {
		s.owners.Store(key, s.address())
	}
}

// handle registers an endpoint whose body, up to a space, is its key.
func (s *server) handle(name string, idempotent bool, do func(ctx context.Context, r *ontchannel.Request) (*ontchannel.Response, error)) {
	s.service.Register(name, ontchannel.Endpoint{
		Keys: func(r *ontchannel.Request) ([]string, error) {
			key, _, _ := strings.Cut(string(r.Body), " ")
			if key == "" {
				return nil, errors.New("no key")
			}
			return strings.Split(key, ","), nil
		},
		Idempotent: idempotent, Handle: do,
	})
}

func client(t *testing.T) *tchannel.Channel {
	t.Helper()
	ch, err := tchannel.NewChannel("client", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ch.Close)
	return ch
}

func within(t *testing.T, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

func code(err error) string {
	if err == nil {
		return "none"
	}
	return tchannel.GetSystemErrorCode(err).String()
}
