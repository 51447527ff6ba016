package wire

import (
	"fmt"
	"testing"
)

func membership(n int) []Change {
	list := make([]Change, n)
	for i := range list {
		list[i] = Change{
			Source: "10.1.2.3:3000", SourceIncarnation: 1700000000000,
			Address: Address(fmt.Sprintf("10.0.%d.%d:3000", i/250, i%250)), Incarnation: 1700000000000 + int64(i),
			Status: Status(i % 3),
		}
	}
	return list
}

func BenchmarkEncodeFullSync(b *testing.B) {
	ping := &Ping{Source: "10.1.2.3:3000", App: "bench", Changes: Changes(membership(1000)...)}
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var e Encoder
			ping.Changes = ping.Changes.AtVersion(1)
			if _, err := e.Encode(ping); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("again", func(b *testing.B) {
		b.ReportAllocs()
		var e Encoder
		for b.Loop() {
			if _, err := e.Encode(ping); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDecodeFullSync(b *testing.B) {
	var e Encoder
	body, err := e.Encode(&Ping{Source: "10.1.2.3:3000", App: "bench", Changes: Changes(membership(1000)...)})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := DecodeResponse(EndpointPing, body); err != nil {
			b.Fatal(err)
		}
	}
}
