package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

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

// answering returns the address of a node that answers every call with a body.
func answering(t *testing.T, body func() []byte) string {
	t.Helper()
	transport, err := tchan.New(tchan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { transport.Close() })
	err = transport.Listen("127.0.0.1:0", func(context.Context, string, []byte) ([]byte, error) { return body(), nil })
	if err != nil {
		t.Fatal(err)
	}
	return transport.Address()
}

// Whatever one node does, the others are shown and the error names it.
func TestLiveBadNodesHideNobody(t *testing.T) {
	t.Parallel()
	var good string
	good = answering(t, func() []byte { return []byte(stats(42, good)) })
	var many []string
	for i := range wire.MaxChanges + 1 {
		many = append(many, fmt.Sprintf("10.%d.%d.%d:3000", i>>16, i>>8&255, i&255))
	}
	bad := map[string]string{
		listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }):                                           "no answer in time",
		listen(t, func(c net.Conn) { _, _ = io.Copy(c, strings.NewReader(strings.Repeat("garbage\n", 5000))) }): "",
		listen(t, func(c net.Conn) { c.Close() }):                                                               "",
		answering(t, func() []byte { return []byte("garbage") }):                                                "bad answer",
		answering(t, func() []byte { return []byte(stats(1, many...)) }):                                        "at most 32768 are believed",
		freeAddresses(t, 1)[0]: "connection refused",
	}
	args := []string{"checksums", "--timeout", "5s", good}
	for address := range bad {
		args = append(args, address)
	}
	got := runLive(t, args...)
	if got.Code != 0 || got.Stdout != fmt.Sprintf(" %s   42\n", good) {
		t.Errorf("%+v", got)
	}
	for address, reason := range bad {
		found := false
		for _, row := range strings.Split(got.Stderr, "\n") {
			if fields := strings.Fields(row); len(fields) > 1 && fields[0] == address && strings.Contains(row, reason) {
				found = true
			}
		}
		if !found {
			t.Errorf("no row for %s with %q:\n%s", address, reason, got.Stderr)
		}
	}
}
