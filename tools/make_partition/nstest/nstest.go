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
	"regexp"
	"strings"
	"testing"
	"time"
)

const inside = "RINGMEND_TEST_NAMESPACE"

// Inside reports whether the test runs in a namespace made for it.
func Inside(t *testing.T) bool { return os.Getenv(inside) == t.Name() }

// Need skips the test where no namespace can be made or a program that it runs is
// not installed.
func Need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range append([]string{"unshare", "ip"}, programs...) {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("skipped: %s is not installed (see tools/install-test-tools.sh)", p)
		}
	}
	if out, err := exec.Command("unshare", unshareFlags(), "true").CombinedOutput(); err != nil {
		t.Skipf("skipped: no network namespace can be made here: %s", strings.TrimSpace(string(out)))
	}
}

func unshareFlags() string {
	if os.Geteuid() != 0 {
		return "-rn"
	}
	return "-n"
}

// Enter reports whether the test runs in a namespace. When it does not, Enter runs
// it there, in a process of its own, fails if that fails, and returns false: the
// caller returns. What [Need] says holds for the programs. A test may run beside
// others, each in its own namespace, when it calls t.Parallel before.
func Enter(t *testing.T, programs ...string) bool {
	t.Helper()
	if Inside(t) {
		Run(t, "ip", "link", "set", "lo", "up")
		return true
	}
	Need(t, programs...)
	only := "^" + strings.ReplaceAll(regexp.QuoteMeta(t.Name()), "/", "$/^") + "$"
	words := []string{unshareFlags(), "--kill-child", "--fork", os.Args[0], "-test.run", only, "-test.v", "-test.count=1"}
	if deadline, ok := t.Deadline(); ok {
		// The one inside is to end first, and to say where it hung.
		words = append(words, "-test.timeout="+(time.Until(deadline)*9/10).String())
	}
	cmd := exec.Command("unshare", words...)
	// The lock of iptables is in a directory that only root may write to.
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
