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
	// A busy machine may be late with any answer: then the next attempt counts.
	named := func() bool {
		mu.Lock()
		defer mu.Unlock()
		for _, failed := range last.Failed {
			if !errors.Is(failed.Err, reasons[failed.Host]) {
				return false
			}
		}
		return len(last.Failed) == len(reasons) && last.Attempt >= 3
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	result := make(chan error)
	go func() { result <- n.Bootstrap(ctx) }()
	eventually(t, "an event with each host's reason", time.Minute, named)
	cancel(enough)
	err = <-result

	texts := []string{
		"level=WARN", "joined=0", "connection refused: " + closed, "no answer in time: " + silent.Addr().String(),
		"node of another app: " + other.Address(), "name does not resolve: nowhere.invalid:3000", "not host:port: 127.0.0.1",
	}
	if line := logs.line(append(texts, "not joined yet")...); line == "" {
		t.Errorf("no line has all of %q:\n%s", texts, logs.String())
	}
	for _, want := range []error{enough, discovery.ErrUnresolved, discovery.ErrHosts} {
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
