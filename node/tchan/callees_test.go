package tchan

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringmend/ringmend/internal/await"
)

// openTo returns how many connections all servers have together.
func openTo(servers []*Transport) int {
	open := 0
	for _, s := range servers {
		open += openConns(s)
	}
	return open
}

func TestConnectionsOfACallerAreBounded(t *testing.T) {
	const servers, limit, atATime, rounds = 40, 8, 4, 5
	var all []*Transport
	for range servers {
		all = append(all, newServer(t, Options{}, echo))
	}
	client := newTransport(t, Options{MaxCallees: limit})
	var calls sync.WaitGroup
	for caller := range atATime {
		calls.Go(func() {
			for i := range rounds * servers / atATime {
				server := all[(caller+i*atATime)%servers]
				if _, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/a", nil); err != nil {
					t.Error(err)
				}
				// Connections that were closed here may still be open there.
				waitUntil(t, "no more than so many connections are open", func() bool { return openTo(all) <= limit+atATime })
			}
		})
	}
	calls.Wait()
	waitUntil(t, "so many connections are kept", func() bool { return openTo(all) == limit })
	if n := openConns(client); n != limit {
		t.Errorf("%d connections on this side, want %d", n, limit)
	}
}

// A connection that is closed for another one's sake is made again by the next
// call, which does not fail.
func TestACalleeThatLostItsConnectionIsCalledAgain(t *testing.T) {
	a, b := newServer(t, Options{}, echo), newServer(t, Options{}, echo)
	client := newTransport(t, Options{MaxCallees: 1})
	var calls sync.WaitGroup
	for range 4 {
		calls.Go(func() {
			for range 100 {
				for _, server := range []*Transport{a, b} {
					if _, err := client.Call(withTimeout(t, await.Patience), server.Address(), "/a", nil); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	calls.Wait()
}

// A peer that does not answer does not keep its connection either.
func TestASilentCalleeLosesItsConnection(t *testing.T) {
	silent := newServer(t, Options{}, func(ctx context.Context, _ netip.AddrPort, _ string, _ []byte) ([]byte, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	other := newServer(t, Options{}, echo)
	client := newTransport(t, Options{MaxCallees: 1})
	if _, err := client.Call(withTimeout(t, 300*time.Millisecond), silent.Address(), "/a", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	if _, err := client.Call(withTimeout(t, await.Patience), other.Address(), "/a", nil); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "the silent one has lost its connection", func() bool { return openConns(client) == 1 && openConns(silent) == 0 })
}

func TestCallees(t *testing.T) {
	for _, tt := range []struct {
		name  string
		limit int
		steps string // +a begins a call to a, -a ends it
		want  string // who loses a connection at which step
	}{
		{"no bound", 0, "+a +b -a -b", ""},
		{"within the bound", 2, "+a -a +b -b +a -a", ""},
		{"the one not called for longest", 2, "+a -a +b -b +c", "c:a"},
		{"a call renews", 2, "+a -a +b -b +a -a +c", "c:b"},
		{"not while it is called", 1, "+a +b -b -a +c", "c:b c:a"},
		{"not while it is called twice", 1, "+a +a -a +b -a", ""},
		{"not the new one", 1, "+a +b", ""},
	} {
		c := newCallees(tt.limit)
		var got []string
		for step := range strings.FieldsSeq(tt.steps) {
			if step[0] == '-' {
				c.end(step[1:])
				continue
			}
			c.begin(step[1:], func(loser string) { got = append(got, fmt.Sprintf("%s:%s", step[1:], loser)) })
		}
		if !slices.Equal(got, strings.Fields(tt.want)) {
			t.Errorf("%s: %q loses %q, want %q", tt.name, tt.steps, got, tt.want)
		}
	}
}
