package tchan

import (
	"bytes"
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/uber/tchannel-go/raw"

	"github.com/ringmend/ringmend/internal/await"
)

// pingBody has the size of a ping with two changes.
var pingBody = bytes.Repeat([]byte("x"), 500)

// One call of the size of a ping over loopback: what the guard costs.
func BenchmarkRoundTrip(b *testing.B) {
	body := func(context.Context, netip.AddrPort, string, []byte) ([]byte, error) { return pingBody, nil }
	b.Run("ours", func(b *testing.B) {
		server, client := newServer(b, Options{}, body), newTransport(b, Options{})
		ctx := withTimeout(b, 5*time.Minute)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.Call(ctx, server.Address(), "/protocol/ping", pingBody); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ours, no goroutine waits", func(b *testing.B) {
		server, client := newTransport(b, Options{}), newTransport(b, Options{})
		server.AnswerPromptly(func(string) bool { return true })
		if err := server.Listen("127.0.0.1:0", body); err != nil {
			b.Fatal(err)
		}
		connect(b, client, server)
		ended := make(chan error, 1)
		end := func(_ []byte, err error) { ended <- err }
		b.ReportAllocs()
		for b.Loop() {
			if !client.Start(await.Patience, server.Address(), "/protocol/ping", pingBody, end) {
				b.Fatal("not started")
			}
			if err := <-ended; err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("tchannel-go", func(b *testing.B) {
		server, client := newChannel(b, "ringpop", true), newChannel(b, "ringpop", false)
		server.Register(raw.Wrap(rawAnswer{}), "/protocol/ping")
		ctx := withTimeout(b, 5*time.Minute)
		address := server.PeerInfo().HostPort
		b.ReportAllocs()
		for b.Loop() {
			if _, _, _, err := raw.Call(ctx, client, address, "ringpop", "/protocol/ping", emptyHeaders, pingBody); err != nil {
				b.Fatal(err)
			}
		}
	})
}

type rawAnswer struct{}

func (rawAnswer) OnError(context.Context, error) {}
func (rawAnswer) Handle(context.Context, *raw.Args) (*raw.Res, error) {
	return &raw.Res{Arg2: emptyHeaders, Arg3: pingBody}, nil
}

func BenchmarkCheck(b *testing.B) {
	for name, size := range map[string]int{"500 B": 500, "64 KB": 65_000} {
		b.Run(name, func(b *testing.B) {
			c := readyChecker(accepted)
			f := call(func(c *testCall) { c.args[2] = make([]byte, size) })
			h, payload := parseHeader(f), f[headerSize:]
			b.SetBytes(int64(len(f)))
			b.ReportAllocs()
			for b.Loop() {
				if err := c.frame(h, payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTakeIn(b *testing.B) {
	for name, size := range map[string]int{"500 B": 500, "64 KB": 65_000} {
		b.Run(name, func(b *testing.B) {
			f := resFrame(1, 0, 0, "", "{}", string(make([]byte, size)))
			c, _ := scripted(b, newTransport(b, Options{}), bytes.NewReader(nil))
			c.check.ready = true
			ahead := make([]byte, readAhead)
			b.SetBytes(int64(len(f)))
			b.ReportAllocs()
			for b.Loop() {
				for rest := f; len(rest) > 0; {
					into := c.room(ahead)
					n := copy(into, rest)
					c.take(into[:n])
					rest = rest[n:]
				}
			}
		})
	}
}
