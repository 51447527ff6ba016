package ports

import (
	"fmt"
	"testing"
)

var ofTests Pool

// Addresses returns n free addresses of 127.0.0.1. They belong to the test until it
// ends.
func Addresses(t testing.TB, n int) []string {
	t.Helper()
	addresses := make([]string, n)
	for i := range addresses {
		addresses[i] = fmt.Sprintf("127.0.0.1:%d", Row(t, 1))
	}
	return addresses
}

// Row returns the first of n consecutive free ports of 127.0.0.1. They belong to the
// test until it ends.
func Row(t testing.TB, n int) (first int) {
	t.Helper()
	first, err := ofTests.TakeRow("127.0.0.1", n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for port := first; port < first+n; port++ {
			ofTests.Release(port)
		}
	})
	return first
}
