package lease_test

import (
	"os/exec"
	"strings"
	"testing"
)

// A program that has a node has no store with it unless it imports one.
func TestStoresAreNotPartOfANode(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "github.com/ringmend/ringmend/node").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "github.com/ringmend/ringmend/node/lease\n") {
		t.Fatalf("these are no dependencies of a node:\n%s", out)
	}
	for path := range strings.Lines(string(out)) {
		for _, heavy := range []string{"etcd", "grpc", "kubernetes", "k8s.io", "protobuf", "lease/file"} {
			if strings.Contains(path, heavy) {
				t.Errorf("package node depends on %s", path)
			}
		}
	}
}
