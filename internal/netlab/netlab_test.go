package netlab

import (
	"fmt"
	"maps"
	"os"
	"strings"
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

func TestWhatIsGivenIsTaken(t *testing.T) {
	cmd := Command("x")
	want := map[string]string{"o": "/a b/\"c\"", "g": ""}
	if err := Give(cmd, want); err != nil {
		t.Fatal(err)
	}
	name, value, _ := strings.Cut(cmd.Env[len(cmd.Env)-1], "=")
	t.Setenv(name, value)
	var got map[string]string
	if err := Given(&got); err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	t.Setenv(name, "")
	if err := Given(&got); err == nil {
		t.Error("nothing is taken for something")
	}
}
