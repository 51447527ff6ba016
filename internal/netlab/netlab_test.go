package netlab

import (
	"fmt"
	"os"
	"testing"
)

func TestNetworkNeedsNamespacesOfItsOwn(t *testing.T) {
	if Inside() {
		t.Skip("skipped: this test is about being outside")
	}
	if _, err := New(1); err == nil {
		t.Error("makes a network in the machine's own namespace")
	}
	if fmt.Sprint(Command("x").Args) == "" || os.Getenv("RINGMEND_NETLAB") != "" {
		t.Error("changes this process")
	}
}
