// Package nstest runs tests in a network namespace of their own, so that they can
// change a firewall without touching the machine's. For use in tests only.
//
//	func TestCut(t *testing.T) {
//		if !nstest.Enter(t, "nft") {
//			return
//		}
//		// here the loopback interface is up, and everything else is empty
//	}
package nstest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const inside = "RINGMEND_TEST_NAMESPACE"

// Enter reports whether the test runs in a namespace. When it does not, Enter runs
// it there, in a process of its own, fails if that fails, and returns false: the
// caller returns. Tests that need a program which is not installed are skipped, as
// are all where no namespace can be made.
func Enter(t *testing.T, programs ...string) bool {
	t.Helper()
	if os.Getenv(inside) == t.Name() {
		Run(t, "ip", "link", "set", "lo", "up")
		return true
	}
	for _, p := range append([]string{"unshare", "ip"}, programs...) {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("skipped: %s is not installed (see tools/install-test-tools.sh)", p)
		}
	}
	flags := "-n"
	if os.Geteuid() != 0 {
		flags = "-rn"
	}
	if out, err := exec.Command("unshare", flags, "true").CombinedOutput(); err != nil {
		t.Skipf("skipped: no network namespace can be made here: %s", strings.TrimSpace(string(out)))
	}
	// The lock of iptables is in a directory that only root may write to.
	cmd := exec.Command("unshare", flags, "--kill-child", "--fork", os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), inside+"="+t.Name(), "XTABLES_LOCKFILE="+filepath.Join(t.TempDir(), "lock"))
	out, err := cmd.CombinedOutput()
	t.Logf("in a network namespace:\n%s", out)
	if err != nil {
		t.Fatalf("failed in its network namespace: %v", err)
	}
	if strings.Contains(string(out), "--- SKIP: "+t.Name()+" ") {
		t.Skip("skipped in its network namespace, see above")
	}
	return false
}

// Run runs a program and returns what it prints; the test ends if it fails.
func Run(t *testing.T, program string, args ...string) string {
	t.Helper()
	return Feed(t, "", program, args...)
}

// Feed is Run with text as the program's input.
func Feed(t *testing.T, text, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		stderr := ""
		if failed, ok := err.(*exec.ExitError); ok {
			stderr = string(failed.Stderr)
		}
		t.Fatalf("%s %s: %v\n%s%s", program, strings.Join(args, " "), err, out, stderr)
	}
	return string(out)
}
