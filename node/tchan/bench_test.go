package tchan

import (
	"bytes"
	"context"
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/uber/tchannel-go/raw"
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
	b.Run("tchannel-go", func(b *testing.B) {
		server, client := newChannel(b, "ringpop", true), newChannel(b, "ringpop", false)
		server.Register(raw.Wrap(rawAnswer{}), "/protocol/ping")
		ctx := withTimeout(b, 5*time.Minute)
		address := server.PeerInfo().HostPort
		b.ReportAllocs()
		for b.Loop() {
			if _, _, _, err := raw.Call(ctx, client, address, "ringpop", "/protocol/ping", noHeaders, pingBody); err != nil {
				b.Fatal(err)
			}
		}
	})
}

type rawAnswer struct{}

func (rawAnswer) OnError(context.Context, error) {}
func (rawAnswer) Handle(context.Context, *raw.Args) (*raw.Res, error) {
	return &raw.Res{Arg2: noHeaders, Arg3: pingBody}, nil
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

// repeat gives the same bytes for ever.
type repeat struct {
	b  []byte
	at int
}

func (r *repeat) Read(p []byte) (int, error) {
	n := copy(p, r.b[r.at:])
	r.at = (r.at + n) % len(r.b)
	return n, nil
}

func BenchmarkGuardedRead(b *testing.B) {
	for name, size := range map[string]int{"500 B": 500, "64 KB": 65_000} {
		b.Run(name, func(b *testing.B) {
			f := call(func(c *testCall) { c.args[2] = make([]byte, size) })
			c, _ := guardReader(b, newTransport(b, Options{}), &repeat{b: f})
			c.check.ready = true
			p := make([]byte, len(f))
			b.SetBytes(int64(len(f)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := io.ReadFull(c, p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
