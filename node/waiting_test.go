package node_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/node"
	"github.com/ringmend/ringmend/node/discovery"
	"github.com/ringmend/ringmend/node/swim"
)

// A node that waits says why, for each host: in the log, in its events, and in the error
// of Bootstrap.
func TestWaitingNamesTheReasons(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	closed := ports.Addresses(t, 1)[0]
	other := start(t, discovery.Static{}, func(c *node.Config) { c.App = "another" })
	bootstrap(t, other)

	reasons := map[string]error{
		silent.Addr().String(): context.DeadlineExceeded,
		closed:                 syscall.ECONNREFUSED,
		other.Address():        swim.ErrOtherApp,
		"nowhere.invalid:3000": discovery.ErrUnresolved,
		"127.0.0.1":            discovery.ErrHosts,
	}
	var hosts discovery.Static
	for host := range reasons {
		hosts = append(hosts, host)
	}
	var names zone
	var logs logBuffer
	var mu sync.Mutex
	var last swim.JoinWaiting
	n := start(t, hosts, func(c *node.Config) {
		c.LookupHost = names.lookup
		c.Logger = slog.New(slog.NewTextHandler(&logs, nil))
		c.Listener = func(e node.Event) {
			if e, ok := e.(swim.JoinWaiting); ok {
				mu.Lock()
				defer mu.Unlock()
				last = e
			}
		}
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	result := make(chan error)
	go func() { result <- n.Bootstrap(ctx) }()
	eventually(t, "a warning", time.Minute, func() bool { return logs.line("not joined yet") != "" })
	cancel(enough)
	err = <-result

	line := logs.line("not joined yet")
	for _, text := range []string{
		"level=WARN", "joined=0", "connection refused: " + closed, "no answer in time: " + silent.Addr().String(),
		"node of another app: " + other.Address(), "name does not resolve: nowhere.invalid:3000", "not host:port: 127.0.0.1",
	} {
		if !strings.Contains(line, text) {
			t.Errorf("the line lacks %q: %s", text, line)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(last.Failed) != len(reasons) {
		t.Errorf("the event tells of %v", last.Failed)
	}
	for _, failed := range last.Failed {
		if want := reasons[failed.Host]; want == nil || !errors.Is(failed.Err, want) {
			t.Errorf("%s: %v, want %v", failed.Host, failed.Err, want)
		}
	}
	for _, want := range append([]error{enough}, context.DeadlineExceeded, syscall.ECONNREFUSED, swim.ErrOtherApp, discovery.ErrUnresolved, discovery.ErrHosts) {
		if !errors.Is(err, want) {
			t.Errorf("the error of Bootstrap does not wrap %v: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error of Bootstrap has several lines: %v", err)
	}
}

// Why there is no list is said, too, and each failure of discovery once.
func TestWaitingForAList(t *testing.T) {
	inLab(t, func(t *testing.T, l *lab) {
		down := errors.New("the registry is down")
		n := start(t, failing{down}, func(c *node.Config) {
			c.Transport = l.network.NewTransport()
			c.Logger = slog.New(slog.NewTextHandler(&l.logs, nil))
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := n.Bootstrap(ctx); !errors.Is(err, down) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("bootstrap: %v", err)
		}
		if line := l.logs.line("not joined yet"); !strings.Contains(line, `because="the registry is down"`) {
			t.Errorf("the log says %s", line)
		}
		if l.count("discovery failed") != 1 {
			t.Errorf("the log says\n%s", l.logs.String())
		}
	})
}

// failing is a discovery that is down.
type failing struct{ err error }

func (f failing) Hosts(context.Context) ([]string, error) { return nil, f.err }
