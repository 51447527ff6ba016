package main

import (
	"context"
	"io"
	"maps"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gdamore/tcell/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

// listen serves each connection on a new address with a function, until the test
// ends.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			serving.Go(func() { serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range open {
			c.Close()
		}
		mu.Unlock()
		serving.Wait()
	})
	return l.Addr().String()
}

// answering returns the address of a node that answers every call with a body,
// however long that is.
func answering(t *testing.T, body func(context.Context) []byte) string {
	t.Helper()
	transport, err := tchan.New(tchan.Options{MaxBody: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { transport.Close() })
	err = transport.Listen("127.0.0.1:0", func(ctx context.Context, _ netip.AddrPort, _ string, _ []byte) ([]byte, error) { return body(ctx), nil })
	if err != nil {
		t.Fatal(err)
	}
	return transport.Address()
}

// badNodes starts nodes that are bad in a way each, and returns why they fail, by
// address. Where the text is empty it depends on how far the connection came.
func badNodes(t *testing.T) map[string]string {
	t.Helper()
	const member = `{"address":"10.0.0.1:3000","status":"alive","incarnationNumber":1}`
	million := []byte(`{"membership":{"checksum":1,"members":[` + strings.Repeat(member+",", 999_999) + member + `]}}`)
	return map[string]string{
		// Nothing, garbage instead of TChannel, and the end of the connection.
		listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }):                                           "no answer in time (3s)",
		listen(t, func(c net.Conn) { _, _ = io.Copy(c, strings.NewReader(strings.Repeat("garbage\n", 5000))) }): "",
		listen(t, func(c net.Conn) { c.Close() }):                                                               "",
		// TChannel, and then garbage, nothing in time, or a million members.
		answering(t, func(context.Context) []byte { return []byte("garbage") }):     "bad answer",
		answering(t, func(ctx context.Context) []byte { <-ctx.Done(); return nil }): "no answer in time (3s)",
		answering(t, func(context.Context) []byte { return million }):               "",
		freeAddresses(t, 1)[0]: "connection refused",
	}
}

// Whatever some members do, the others are shown, and the errors name the members.
func TestLiveBadNodesHideNoOther(t *testing.T) {
	t.Parallel()
	bad := badNodes(t)
	var good string
	good = answering(t, func(context.Context) []byte {
		return []byte(stats(42, slices.Concat([]string{good}, slices.Collect(maps.Keys(bad)))...))
	})
	silent := slices.Sorted(maps.Keys(bad))
	var rows []string
	for _, address := range silent {
		rows = append(rows, address+" alive")
	}
	rows = append(rows, good+" alive")
	slices.Sort(rows)
	for command, want := range map[string]string{
		"partitions -q": table("42 1 8 0 0 " + good),
		"status -q":     table(rows...),
		"top -R": "A cluster of 8 nodes that agree: 1 up, 7 not answering.\n7 of 8 not answering: " + strings.Join(silent[:3], ", ") + " and 4 more.\n" +
			table(append([]string{"Address P1"}, rows...)...),
		"checksums": table(good + " 42"),
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			args := append(strings.Fields(command), "--timeout", "3s", good)
			// More than once for the machine that is too slow for its good nodes.
			await.Until(t, patience, func() string {
				got := squeezed(runLive(t, args...))
				missing := cmp.Diff(result{0, want, got.Stderr}, got)
				for address, reason := range bad {
					if !strings.Contains(got.Stderr, "\n "+address+" "+reason) {
						missing += "no row for " + address + " with " + reason + ":\n" + got.Stderr
					}
				}
				return missing
			})
		})
	}
	t.Run("top", func(t *testing.T) {
		t.Parallel()
		text := screenOf(t, "top --timeout 3s "+good, "7 unreachable from here: ")
		for address := range bad {
			if !regexp.MustCompile(`(?m)^ ` + regexp.QuoteMeta(address) + ` +alive +NO `).MatchString(text) {
				t.Errorf("no row for %s:\n%s", address, text)
			}
		}
	})
}

// screenOf returns what a screen shows as soon as it shows a text.
func screenOf(t *testing.T, args, text string) string {
	t.Helper()
	var stderr strings.Builder
	screen := typing{tcell.NewSimulationScreen("UTF-8"), text, "q", new(string)}
	p := &program{
		stdout: io.Discard, stderr: &stderr, connect: dial,
		newScreen: func() (tcell.Screen, error) { return screen, nil },
	}
	if code := p.run(t.Context(), strings.Fields(args)); code != 0 {
		t.Errorf("exit code %d, %s", code, stderr.String())
	}
	return *screen.seen
}

// Two hundred members that accept connections and never say a word delay nothing
// when they are held down, however long a node may take to answer: here a look that
// waited for them would outlast the test.
func TestLiveSilentMembersDelayNoLook(t *testing.T) {
	t.Parallel()
	const silentMembers = 200
	accepted := make([]atomic.Int32, silentMembers)
	var down []string
	for i := range accepted {
		down = append(down, listen(t, func(c net.Conn) {
			accepted[i].Add(1)
			_, _ = io.Copy(io.Discard, c)
		}))
	}
	var view atomic.Pointer[string]
	body := func(context.Context) []byte { return []byte(*view.Load()) }
	good := []string{answering(t, body), answering(t, body)}
	all := []string{good[0], "alive", good[1], "alive"}
	for _, a := range down {
		all = append(all, a, "faulty")
	}
	text := membership(wire.FlavourGo, all...)
	view.Store(&text)

	got := runLive(t, "top", "-R", "--timeout", "1h", "--within", "1h", good[0])
	if want := "A cluster of 202 nodes that agree: 2 up, 200 faulty.\n"; got.Code != 0 || !strings.HasPrefix(got.Stdout, want) ||
		!strings.HasPrefix(got.Stderr, "Failed to connect to 200 nodes.\n") {
		t.Errorf("%+v", got)
	}
	for i := range accepted {
		if n := accepted[i].Load(); n > 1 {
			t.Errorf("%s was asked by %d connections in one look", down[i], n)
		}
	}
	got = runLive(t, "wait", "--converged", "--members", "2", "--timeout", "1h", good[1])
	if want := (result{0, "", "200 nodes did not answer, as the cluster expects.\n"}); got != want {
		t.Errorf("%+v", got)
	}
}
