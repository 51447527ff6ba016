package cluster

import (
	"testing"

	"github.com/ringmend/ringmend/integration/proc"
)

// ports are those of all clusters of the process.
var ports proc.Ports

// freeAddresses returns n addresses on 127.0.0.1 that nobody listens on. They
// stay taken until the test has ended.
func freeAddresses(t testing.TB, n int) []string {
	t.Helper()
	addresses := make([]string, n)
	for i := range addresses {
		address, port, err := ports.Take("127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ports.Release(port) })
		addresses[i] = address
	}
	return addresses
}
