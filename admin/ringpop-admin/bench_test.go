package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"testing"

	"github.com/ringmend/ringmend/node/tchan"
)

// BenchmarkPartitions is a look at a cluster of 1,000 over real connections. The
// nodes are in this process too, and do no more than send 1,000 members each.
func BenchmarkPartitions(b *testing.B) {
	const size = 1000
	var nodes []string
	var answer []byte
	for range size {
		transport, err := tchan.New(tchan.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer transport.Close()
		err = transport.Listen("127.0.0.1:0", func(context.Context, netip.AddrPort, string, []byte) ([]byte, error) { return answer, nil })
		if err != nil {
			b.Fatal(err)
		}
		nodes = append(nodes, transport.Address())
	}
	answer = []byte(stats(42, nodes...))
	b.ReportAllocs()
	for b.Loop() {
		if code := run(b.Context(), []string{"partitions", nodes[0]}, io.Discard, b.Output(), dial); code != 0 {
			b.Fatal(fmt.Sprint("exit code ", code))
		}
	}
}
