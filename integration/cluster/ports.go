package cluster

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// freeAddresses returns n addresses on 127.0.0.1 that nobody listens on.
//
// Their ports are below the range from which systems take the ports of outgoing
// connections. A port out of that range could be taken by a connection while
// its node is down, and the node could not come back.
func freeAddresses(t testing.TB, n int) []string {
	t.Helper()
	const first, last, attempts = 11_000, 29_999, 1_000
	var addresses []string
	for range attempts {
		address := fmt.Sprintf("127.0.0.1:%d", first+rand.IntN(last-first+1))
		listener, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		// Open until all are found, so that none is found twice.
		defer listener.Close()
		if addresses = append(addresses, address); len(addresses) == n {
			return addresses
		}
	}
	t.Fatalf("only %d free ports in %d attempts, need %d", len(addresses), attempts, n)
	return nil
}
