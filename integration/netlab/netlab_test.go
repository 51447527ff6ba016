package netlab_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/integration/netlab"
	"github.com/ringmend/ringmend/node/wire"
)

// testpop names the program that the test in the namespaces starts. It is built
// outside, where modules can be downloaded.
const testpop = "RINGMEND_NETLAB_TESTPOP"

// inside runs the test of that name in namespaces of its own.
func inside(t *testing.T) bool {
	if netlab.Inside() {
		return true
	}
	if err := netlab.Missing(); err != nil {
		t.Skipf("skipped: %v", err)
	}
	cmd := netlab.Command("-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(cmd.Env, testpop+"="+build(t, "github.com/ringmend/ringmend/node/testpop"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "healed") {
			t.Log(strings.TrimSpace(line))
		}
	}
	return false
}

func build(t *testing.T, program string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if out, err := exec.Command("go", "build", "-o", path, program).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", program, err, out)
	}
	return path
}

// A real split under real firewall rules: each side holds the other faulty, nobody
// holds one of its own faulty, and all is whole again soon after.
func TestSplitHeals(t *testing.T) {
	if !inside(t) {
		return
	}
	network, err := netlab.New(4)
	if err != nil {
		t.Fatal(err)
	}
	program := os.Getenv(testpop)
	nodes, err := netlab.Start(network, []string{program, program, program, program}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer nodes.Stop()
	if _, err := nodes.Await(30*time.Second, nodes.Whole); err != nil {
		t.Fatalf("no cluster: %v", err)
	}
	parts := [][]int{{0, 1}, {2, 3}}
	for _, kind := range []netlab.Kind{netlab.Reset, netlab.Drop} {
		if err := network.Cut(kind, parts...); err != nil {
			t.Fatal(err)
		}
		if _, err := nodes.Await(time.Minute, func(v []*wire.MembershipStats) bool {
			if n := nodes.Harmed(v, parts...); n > 0 {
				t.Errorf("%d times a node holds one of its own side faulty", n)
			}
			return nodes.Apart(v, parts...)
		}); err != nil {
			t.Fatalf("%s: the sides do not part: %v", kind, err)
		}
		if err := network.Mend(); err != nil {
			t.Fatal(err)
		}
		took, err := nodes.Await(time.Minute, nodes.Whole)
		if err != nil {
			t.Fatalf("%s: does not heal: %v", kind, err)
		}
		t.Logf("%s: healed after %v", kind, took.Round(10*time.Millisecond))
	}
}

func TestNetworkNeedsNamespacesOfItsOwn(t *testing.T) {
	if netlab.Inside() {
		t.Skip("skipped: this test is about being outside")
	}
	if _, err := netlab.New(1); err == nil {
		t.Error("makes a network in the machine's own namespace")
	}
	if fmt.Sprint(netlab.Command("x").Args) == "" || os.Getenv("RINGMEND_NETLAB") != "" {
		t.Error("changes this process")
	}
}
